import { eventId } from '../identifiers.js';

const ofMessage = /^[A-Za-z0-9_-]{22}$/;

/** An event's id as LeanCloud spells ids of messages: its 16 bytes in 22 characters. */
export function messageIdOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/**
 * The other way; an id of ours as it is spelt natively means itself.
 *
 * @returns null when it is neither
 */
export function eventIdOf(messageId: string): string | null {
  if (!ofMessage.test(messageId)) return validated(messageId.toLowerCase());
  const bytes = Buffer.from(messageId, 'base64url').toString('hex');
  const id = validated(bytes.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  // The last character has bits to spare: only one of its spellings is the id.
  return id !== null && messageIdOf(id) === messageId ? id : null;
}

function validated(id: string): string | null {
  return eventId.safeParse(id).success ? id : null;
}
