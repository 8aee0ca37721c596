import type { Others } from '#domain/permissions/last-owner.js';
import type { Stay } from '../store/stays.store.js';

/** Who is in besides this one; the invited are not in yet. */
export function othersThan({ id }: Stay, present: readonly Stay[]): Others {
  const others = present.filter((stay) => stay.id !== id && stay.state === 'joined');
  return { members: others.length, owners: others.filter(({ role }) => role === 'owner').length };
}
