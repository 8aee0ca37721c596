import type { z } from 'zod';
import { findGone, listMemberships, membershipsAtOnce, type MembershipView } from '#contracts/sessions.js';
import type { Bus } from '#platform/bus/bus.js';

interface UserOfApplication {
  readonly applicationId: string;
  readonly userId: string;
}

type Part = z.output<typeof listMemberships.answer>;

/**
 * All conversations that the user is in, part by part. The list version is that of the first part: what changes meanwhile
 * has a higher one, and may or may not be in the list already.
 *
 * @param first the first part, if it has been answered already
 */
export async function joinedMemberships(
  bus: Pick<Bus, 'ask'>,
  { applicationId, userId }: UserOfApplication,
  first?: Part,
): Promise<{ listVersion: number; memberships: MembershipView[] }> {
  const read = (after: string | null): Promise<Part> =>
    bus.ask(listMemberships, { applicationId, userId, of: { after } });
  let part = first ?? (await read(null));
  const { listVersion } = part;
  const memberships = [...part.memberships];
  while (part.next !== null) {
    part = await read(part.next);
    memberships.push(...part.memberships);
  }
  return { listVersion, memberships };
}

/** The user's latest stay in each of these conversations; those in which it has never been are missing. */
export async function namedMemberships(
  bus: Pick<Bus, 'ask'>,
  { applicationId, userId }: UserOfApplication,
  conversationIds: readonly string[],
): Promise<MembershipView[]> {
  const memberships: MembershipView[] = [];
  for (let start = 0; start < conversationIds.length; start += membershipsAtOnce) {
    const of = { conversationIds: conversationIds.slice(start, start + membershipsAtOnce) };
    memberships.push(...(await bus.ask(listMemberships, { applicationId, userId, of })).memberships);
  }
  return memberships;
}

/** Those of these conversations that do not exist any more. */
export async function goneAmong(
  bus: Pick<Bus, 'ask'>,
  applicationId: string,
  conversationIds: readonly string[],
): Promise<Set<string>> {
  const gone = new Set<string>();
  for (let start = 0; start < conversationIds.length; start += membershipsAtOnce) {
    const portion = conversationIds.slice(start, start + membershipsAtOnce);
    const answer = await bus.ask(findGone, { applicationId, conversationIds: portion });
    for (const id of answer.conversationIds) gone.add(id);
  }
  return gone;
}
