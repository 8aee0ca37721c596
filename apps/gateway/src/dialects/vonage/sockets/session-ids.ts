import { createHash, randomBytes } from 'node:crypto';

/** Whose session it is. */
interface User {
  readonly applicationId: string;
  readonly userId: string;
}

/**
 * An id for a session that is to be known again, on any gateway, by nothing but this id: it says whose it is, and whether its
 * client acknowledges events. It is no secret, and opens nothing without a token of its user.
 */
export function newSessionId(user: User, acknowledges: boolean): string {
  const random = randomBytes(8).toString('hex');
  // A UUID of the eighth version: what its bits mean is up to whoever makes it.
  return idOf(`${random.slice(0, 12)}8${random.slice(13)}`, user, acknowledges);
}

/** Whether the client of this session acknowledges events; null: it is no session of this user's. */
export function acknowledgesBy(sessionId: string, user: User): boolean | null {
  const random = sessionId.replaceAll('-', '').slice(0, 16);
  for (const acknowledges of [true, false])
    if (idOf(random, user, acknowledges) === sessionId) return acknowledges;
  return null;
}

function idOf(random: string, { applicationId, userId }: User, acknowledges: boolean): string {
  const owner = createHash('sha256')
    .update(JSON.stringify([applicationId, userId, random, acknowledges]))
    .digest('hex');
  const parts = [random.slice(0, 8), random.slice(8, 12), random.slice(12), `8${owner.slice(0, 3)}`];
  return [...parts, owner.slice(3, 15)].join('-');
}
