import { vonageUserId } from './ids.js';

/** A user as Vonage's clients see it: `id` is its name there. */
export interface Person {
  readonly id: string;
  readonly uid: string;
  readonly displayName: string | null;
  readonly imageUrl: string | null;
  readonly customData: Record<string, unknown> | null;
}

/** Absolute, up to and without the version: `https://chat.example.com`. */
export type Root = string;

/** Who has sent something, or is in something. */
export function embeddedUser(person: Person): object {
  return {
    id: vonageUserId(person.uid),
    name: person.id,
    display_name: person.displayName,
    ...(person.imageUrl !== null && { image_url: person.imageUrl }),
    ...(person.customData !== null && { custom_data: person.customData }),
  };
}

/** Nobody speaks here: without it a client takes an invitation for a call. */
export const noMedia = { audio_settings: { enabled: false, earmuffed: false, muted: false }, audio: false };
