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
async function namedMemberships(
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

/**
 * What a client asks to resume besides the conversations that its user is in: those that it has left, and those that do not
 * exist any more. Rooms, and what the user is invited to, it may know without ever having been a member.
 */
export async function resumedBesides(
  bus: Pick<Bus, 'ask'>,
  user: UserOfApplication & { readonly resume: ReadonlyMap<string, number> | null },
  joined: readonly MembershipView[],
): Promise<{ left: MembershipView[]; gone: Set<string> }> {
  const present = new Set(joined.map(({ conversationId }) => conversationId));
  const others = [...(user.resume?.keys() ?? [])].filter((id) => !present.has(id));
  const left = await namedMemberships(bus, user, others);
  const known = new Set(left.map(({ conversationId }) => conversationId));
  const unknown = others.filter((other) => !known.has(other));
  return { left, gone: await goneAmong(bus, user.applicationId, unknown) };
}
