import type { z } from 'zod';
import { findConversation } from '#contracts/conversations.js';
import { listStoredEvents } from '#contracts/history.js';
import { findResumePoint } from '#contracts/sessions.js';
import { findStays, listStays, listStaysOfUser } from '#contracts/stays.js';
import { findUsers, listUsers } from '#contracts/users.js';
import { eventually } from '../harness/eventually.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { World } from '../harness/world.js';
import { large } from './fill.js';

/** What `useStays` must have had seen. */
export const partsOfStays: readonly RegExp[] = [
  /FROM "conversation"\."user" WHERE .*"uid" IN/,
  /FROM "conversation"\."user" WHERE .*"id" IN/,
  /FROM "conversation"\."user" WHERE .* ORDER BY "conversation"\."user"\."number" DESC/,
  /FROM conversation\.member WHERE member\.conversation_key::text = .* ORDER BY member\.id ASC/,
  /FROM conversation\.member WHERE member\.conversation_key::text = .* ORDER BY member\.id DESC/,
  /state <> 'left' OFFSET 0 \) AS member/,
  /AS asked\(id\) CROSS JOIN LATERAL \( SELECT \* FROM conversation\.member/,
  /AS asked\(user_id\) CROSS JOIN LATERAL \( SELECT \* FROM conversation\.member/,
  /SELECT DISTINCT ON \(member\.conversation_key\)/,
  /FROM "conversation"\."conversation" .*"unique_key" =/,
  /WITH stretch AS .* FROM conversation\.session_change/,
  /SELECT mine\.id, mine\.conversation_key, CASE/,
];

/** What protocols ask that name users and members by other ids, and events by their places. */
export async function useStays(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const { id: applicationId } = application;
  const ids = ['u1', 'u50000', 'nobody'];
  const { users } = await world.ask(findUsers, { applicationId, by: { ids } });
  await world.ask(findUsers, { applicationId, by: { uids: users.map(({ uid }) => uid) } });
  let cursor: string | null = null;
  for (let page = 0; page < 2; page += 1) {
    const { nextCursor }: { nextCursor: string | null } = await world.ask(listUsers, {
      ...{ applicationId, order: 'descending' as const, cursor, limit: 100 },
    });
    cursor = nextCursor;
  }
  await world.ask(findConversation, { applicationId, uniqueKey: 'none' });
  await staysOf(world, applicationId, busy);
  await storedEvents(world, applicationId, busy);
  const client = await busy.connect({ tag: 'resuming' });
  client.disconnect();
  const resume = { applicationId, userId: busy.id, tag: 'resuming' };
  await eventually(async () => {
    const first = await world.ask(findResumePoint, { ...resume, cursor: null });
    if (first.nextCursor === null) throw new Error('the session is not in the log yet');
    await world.ask(findResumePoint, { ...resume, cursor: first.nextCursor });
  });
}

async function staysOf(world: World, applicationId: string, { id: userId }: TestUser): Promise<void> {
  const giant = { applicationId, conversationId: 'c1' };
  for (const order of ['ascending', 'descending'] as const) {
    for (const states of [null, ['invited' as const, 'joined' as const], ['left' as const]]) {
      let cursor: string | null = null;
      for (let page = 0; page < 4; page += 1) {
        const { stays, nextCursor }: z.output<typeof listStays.answer> = await world.ask(listStays, {
          ...{ ...giant, actor: { kind: 'master' as const }, states, order, cursor, limit: 200 },
        });
        if (nextCursor === null) break;
        cursor = nextCursor;
        await world.ask(findStays, { ...giant, by: { ids: stays.map(({ id }) => id) } });
        await world.ask(findStays, { ...giant, by: { userIds: stays.map((stay) => stay.userId) } });
      }
    }
    for (const who of [userId, 'u33000']) {
      const list = { applicationId, userId: who, states: ['joined' as const], order, limit: 100 };
      const { nextCursor } = await world.ask(listStaysOfUser, { ...list, cursor: null });
      if (nextCursor !== null) await world.ask(listStaysOfUser, { ...list, cursor: nextCursor });
    }
  }
}

/** By places and types, some of which there are not. */
async function storedEvents(world: World, applicationId: string, { id: userId }: TestUser): Promise<void> {
  const { lateSeq } = large;
  for (const actor of [{ kind: 'master' } as const, { kind: 'user', userId } as const])
    for (const order of ['ascending', 'descending'] as const)
      for (const types of [null, ['message'], ['custom:*']])
        for (const [fromSeq, toSeq] of [
          [null, null],
          [lateSeq, lateSeq],
          [lateSeq - 500, null],
          [null, lateSeq],
        ] as const)
          await world.ask(listStoredEvents, {
            ...{ applicationId, conversationId: 'c1', actor, types, order, limit: 100, fromSeq, toSeq },
          });
}
