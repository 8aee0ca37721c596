import { eventsBetween } from '#contracts/history.js';
import { addMembers, listMembersOf, listSubscriptions, removeMembers } from '#contracts/members.js';
import { ensureUsers } from '#contracts/users.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { World } from '../harness/world.js';

/** What `useMany` must have had seen. */
export const partsOfMany: readonly RegExp[] = [
  /INSERT INTO "conversation"\."user"/,
  /user_id = ANY\(.*\) AND state <> 'left' ORDER BY joined_at/,
  /WITH ORDINALITY AS asked\(id, place\)/,
  /AS candidate CROSS JOIN LATERAL \( SELECT id, kind/,
  /^SELECT \( WITH RECURSIVE halving/,
  /SELECT seq FROM conversation\.event WHERE id = /,
];

/** What is asked about several users or conversations at once, in the giant conversation and of many others. */
export async function useMany(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const applicationId = application.id;
  const change = {
    ...{ applicationId, conversationId: 'c1', actor: { kind: 'master' } as const, request: null },
    origin: { address: null, dialect: 'native' },
  };
  await world.ask(ensureUsers, { applicationId, userIds: ['u2', 'u99999', 'ensured'] });
  const userIds = ['u490', 'u491', 'ensured'];
  await world.ask(removeMembers, { ...change, userIds });
  const members = [...userIds, 'u2'].map((userId) => ({ userId, role: 'member' as const }));
  await world.ask(addMembers, { ...change, members: members.slice(0, 2), skipPresent: true });
  await world.ask(addMembers, { ...change, members: members.slice(3), skipPresent: true });
  const conversationIds = Array.from({ length: 100 }, (_, index) => `c${String(index + 1)}`);
  await world.ask(listMembersOf, { applicationId, conversationIds });
  for (const userId of [busy.id, 'u99999'])
    await world.ask(listSubscriptions, { applicationId, userId, cursor: null });
  await readBetween(world, applicationId, busy.id);
}

/** In the midst of the giant conversation, by time and by ids, and with a user's eyes. */
async function readBetween(world: World, applicationId: string, busyId: string): Promise<void> {
  const whole = { applicationId, conversationId: 'c1', types: ['message'], limit: 100, cursor: null };
  const at = (timestamp: number | null, eventId: string | null = null) => ({
    timestamp,
    eventId,
    inclusive: true,
  });
  for (const order of ['ascending', 'descending'] as const)
    for (const viewer of [null, busyId]) {
      const { events } = await world.ask(eventsBetween, { ...whole, viewer, order, start: null, stop: null });
      const [first, last] = [events.at(0)!, events.at(-1)!];
      await world.ask(eventsBetween, {
        ...{ ...whole, viewer, order },
        start: at(first.timestamp),
        stop: at(last.timestamp, last.id),
      });
    }
}
