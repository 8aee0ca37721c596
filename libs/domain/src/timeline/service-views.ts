import type { Audience } from './visibility.js';

/**
 * A service's timeline is kept by views, since nobody could look through all of it for what concerns one user: each event has
 * a row for every reader. Besides users these are two that no user can be called, as ':' is forbidden in their ids: all who
 * may read announcements, and the service itself, for what users have said to it.
 */
export const everyoneReader = ':everyone';
export const serviceReader = ':service';

/** No user is called so. */
export function isReserved(reader: string): boolean {
  return reader.startsWith(':');
}

/** What is known of something that is about to be said in a service. */
export interface SaidInService {
  /** A server says it, in the name of the service; else a user says it to the service. */
  readonly asMaster: boolean;
  readonly senderId: string;
  /** Whom a server names; null: all who may read announcements. */
  readonly to: readonly string[] | null;
}

/** Who may see it, unless hooks decide otherwise. What is listed here is listed for its sender too: it is in that view. */
export function audienceInService({ asMaster, senderId, to }: SaidInService): Audience {
  if (!asMaster) return { kind: 'listed', userIds: [senderId] };
  return to === null ? { kind: 'everyone' } : { kind: 'listed', userIds: [...new Set([...to, senderId])] };
}

/**
 * The readers of a service's event. Its sender is always one of them: whoever has sent something finds it again in its own
 * view, as does whoever has to take a deleted user out of all that it has sent.
 *
 * @param senderId null: a server caused it and nobody is named
 */
export function viewsOf(audience: Audience, senderId: string | null, isInquiry: boolean): string[] {
  const readers = new Set([
    ...readersOf(audience),
    ...(senderId === null ? [] : [senderId]),
    ...(isInquiry ? [serviceReader] : []),
  ]);
  return [...readers];
}

function readersOf(audience: Audience): readonly string[] {
  switch (audience.kind) {
    case 'everyone':
    case 'broadcast':
      return [everyoneReader];
    case 'operators':
      return [];
    case 'listed':
      return audience.userIds;
  }
}
