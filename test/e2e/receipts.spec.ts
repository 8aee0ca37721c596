import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import type { MemberReceipt } from '#contracts/receipts.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { RestProblem } from '../harness/rest.js';
import { World } from '../harness/world.js';

interface Somewhere {
  readonly id: string;
}
type EventReceipts = Readonly<Record<'deliveredTo' | 'readBy', string[]>>;

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

const ascending = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

/** By user: "delivered/read". */
async function positions(
  { id: conversationId }: Somewhere,
  as: { readonly authorization: string } = application,
  limit = 2,
): Promise<Record<string, string>> {
  const found: MemberReceipt[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { receipts: MemberReceipt[]; nextCursor: string | null } = await world.call(
      operations.listReceipts,
      { as, parameters: { conversationId }, query: { limit, cursor } },
    );
    found.push(...page.receipts);
    cursor = page.nextCursor;
  }
  return Object.fromEntries(
    found.map(({ userId, deliveredSeq, readSeq }) => [userId, `${String(deliveredSeq)}/${String(readSeq)}`]),
  );
}

function ofEvent(
  { id: conversationId }: Somewhere,
  eventId: string,
  as: { readonly authorization: string },
): Promise<EventReceipts> {
  return world.call(operations.getEventReceipts, { as, parameters: { conversationId, eventId } });
}

/** Messages of Tom's. */
async function said(group: Somewhere, count: number): Promise<{ eventId: string; seq: number }[]> {
  const client = await tom.connect();
  const all: { eventId: string; seq: number }[] = [];
  for (const number of ascending(count))
    all.push(stored(await client.send(group, `message ${String(number)}`)));
  return all;
}

describe('watermarks', () => {
  test('move forward only, reading implies delivery, and nothing lies beyond the end', async () => {
    const group = await application.group([tom, jerry]);
    await said(group, 4);
    const client = await jerry.connect();
    expect(await client.acknowledge(group, { delivered: 3 })).toEqual({
      ok: true,
      deliveredSeq: 3,
      readSeq: 1,
    });
    expect(await client.acknowledge(group, { read: 2 })).toEqual({ ok: true, deliveredSeq: 3, readSeq: 2 });
    expect(await client.acknowledge(group, { delivered: 1, read: 1 })).toEqual({
      ok: true,
      deliveredSeq: 3,
      readSeq: 2,
    });
    expect(await client.acknowledge(group, { delivered: 4, read: 6 })).toMatchObject({
      ok: false,
      error: { code: 'receipt_beyond_end' },
    });
    expect(await positions(group)).toEqual({ jerry: '3/2', tom: '1/1' });
    expect(await jerry.acknowledge(group, { read: 5 })).toMatchObject({
      status: 200,
      body: { deliveredSeq: 5, readSeq: 5 },
    });
    await application.call(operations.sendReceipt, {
      parameters: { conversationId: group.id },
      body: { userId: 'tom', delivered: 5 },
    });
    expect(await positions(group, tom)).toEqual({ jerry: '5/5', tom: '5/1' });
  });

  test('whoever joins has got everything from before its joining, at each stay anew', async () => {
    const group = await application.group([tom, jerry]);
    await said(group, 2);
    await application.add(group, spike);
    expect(await positions(group)).toMatchObject({ spike: '4/4' });
    await application.remove(group, jerry);
    expect(await positions(group)).toEqual({ spike: '4/4', tom: '1/1' });
    expect(await jerry.acknowledge(group, { read: 2 })).toMatchObject({
      status: 403,
      body: { code: 'not_a_member' },
    });
    await application.add(group, jerry);
    expect(await positions(group)).toMatchObject({ jerry: '6/6' });
  });

  test('the same acknowledgement from all sessions of a user is written once', async () => {
    const group = await application.group([tom, jerry]);
    await said(group, 3);
    const version = async (): Promise<unknown> =>
      world.database.sql(
        `SELECT member.xmin::text, member.ctid::text FROM conversation.member
         JOIN conversation.conversation ON conversation.key = member.conversation_key
         WHERE conversation.id = $1 AND member.user_id = 'jerry'`,
        group.id,
      );
    await jerry.acknowledge(group, { read: 4 });
    const written = await version();
    const clients = await Promise.all([jerry.connect(), jerry.connect({ gateway: 1 })]);
    for (const client of clients) {
      expect(await client.acknowledge(group, { read: 4 })).toMatchObject({ ok: true, readSeq: 4 });
    }
    expect(await version()).toEqual(written);
  });

  test('strangers neither say nor see anything, and rooms keep no receipts', async () => {
    const group = await application.group([tom, jerry]);
    const { eventId } = (await said(group, 1))[0]!;
    const other = await world.application();
    const stranger = await other.user('tom');
    const parameters = { conversationId: group.id, eventId };
    const asked = async (as: { readonly authorization: string }): Promise<unknown[]> => {
      const body = { ...(as === other && { userId: 'tom' }), read: 2 };
      const answers = await Promise.allSettled([
        world.call(operations.sendReceipt, { as, parameters, body }),
        world.call(operations.listReceipts, { as, parameters }),
        world.call(operations.getEventReceipts, { as, parameters }),
      ]);
      return answers.map((answer) =>
        answer.status === 'rejected' && answer.reason instanceof RestProblem
          ? answer.reason.problem.code
          : answer,
      );
    };
    expect(await asked(spike)).toEqual(Array(3).fill('not_a_member'));
    expect(await asked(stranger)).toEqual(Array(3).fill('conversation_not_found'));
    expect(await asked(other)).toEqual(Array(3).fill('conversation_not_found'));
    expect(await positions(group)).toEqual({ jerry: '1/1', tom: '1/1' });
    const room = await application.group([tom], { id: 'a-room' });
    await world.database.sql(`UPDATE conversation.conversation SET kind = 'room' WHERE id = $1`, room.id);
    expect(await tom.acknowledge(room, { read: 1 })).toMatchObject({ body: { code: 'receipts_not_kept' } });
    await expect(positions(room, tom)).rejects.toThrow('receipts_not_kept');
  });
});

describe('live', () => {
  test('online members hear of it at every gateway, and nobody else', async () => {
    const group = await application.group([tom, jerry, spike]);
    await said(group, 2);
    const [toms, jerrys, again] = await Promise.all([
      tom.connect(),
      jerry.connect({ gateway: 1 }),
      jerry.connect(),
    ]);
    const [spikes, outsider] = await Promise.all([
      spike.connect(),
      application.user('tyke').then((tyke) => tyke.connect()),
    ]);
    await application.remove(group, spike);
    await jerrys.acknowledge(group, { read: 3 });
    for (const client of [toms, jerrys, again]) {
      await eventually(() => {
        expect(client.receipts(group)).toEqual([[{ userId: 'jerry', deliveredSeq: 3, readSeq: 3 }]]);
      });
    }
    // What the gateway has told to these is told after what it would have told them before.
    const theirs = await application.group([spike, await application.known('tyke')]);
    await spike.acknowledge(theirs, { read: 1 });
    await application.call(operations.sendMessage, {
      parameters: { conversationId: theirs.id },
      body: { senderId: 'spike', content: { type: 'text', text: 'after it' } },
    });
    for (const client of [spikes, outsider]) {
      await eventually(() => {
        expect(client.events(theirs).at(-1)).toMatchObject({ type: 'message' });
      });
      expect(client.receipts(group)).toEqual([]);
    }
  });

  test('what comes while a batch is being written is one notice, and nobody waits for a lock while holding others', async () => {
    const crowd = await application.users(...ascending(20).map((number) => `user ${String(number)}`));
    const group = await application.group([tom, jerry, ...crowd]);
    await said(group, 2);
    const listener = await tom.connect();
    const clients = await Promise.all(crowd.map((user) => user.connect()));
    const first = await jerry.connect();
    const release = await world.database.holding(
      `SELECT FROM conversation.member WHERE user_id = 'jerry' AND application_id = $1 FOR UPDATE`,
      application.id,
    );
    // The batch waits for Jerry's row; its conversation's next ones wait for it.
    const slow = first.acknowledge(group, { read: 3 });
    await eventually(async () => {
      const waiting = await world.database.sql(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%delivered_seq%'`,
      );
      expect(waiting).toHaveLength(1);
    });
    const rest = clients.map((client) => client.acknowledge(group, { delivered: 3, read: 2 }));
    // Commands and questions keep their order: when these are answered, all of those are taken.
    await Promise.all(clients.map((client) => client.listEvents(group)));
    await release();
    expect(await slow).toMatchObject({ ok: true, readSeq: 3 });
    for (const answer of await Promise.all(rest)) {
      expect(answer).toEqual({ ok: true, deliveredSeq: 3, readSeq: 2 });
    }
    await eventually(() => {
      expect(listener.receipts(group).flat()).toHaveLength(1 + crowd.length);
    });
    expect(listener.receipts(group).length).toBeLessThan(1 + crowd.length / 2);
  });

  test('large conversations are silent, and their receipts can be read', async () => {
    const crowd = await application.users(
      ...ascending(limits.liveReceiptMembers).map((number) => `user ${String(number)}`),
    );
    const [large, small] = [await application.group([tom, ...crowd]), await application.group([tom, jerry])];
    const [listener, reader] = await Promise.all([tom.connect(), crowd[0]!.connect()]);
    expect(await reader.acknowledge(large, { read: 1 })).toMatchObject({ ok: true });
    await said(large, 1);
    await said(small, 1);
    expect(await reader.acknowledge(large, { read: 2 })).toMatchObject({ ok: true });
    await jerry.acknowledge(small, { read: 2 });
    await eventually(() => {
      expect(listener.receipts(small)).toHaveLength(1);
    });
    expect(listener.receipts(large)).toEqual([]);
    expect(await positions(large, tom, 100)).toMatchObject({ 'user 1': '2/2' });
    // One member less, and everybody is told again.
    await application.remove(large, crowd[5]!);
    await reader.acknowledge(large, { read: 3 });
    await eventually(() => {
      expect(listener.receipts(large)).toEqual([[{ userId: 'user 1', deliveredSeq: 3, readSeq: 3 }]]);
    });
  });
});

describe('who has read what', () => {
  test('members who were in when it was stored, without its sender and without those who have left', async () => {
    const group = await application.group([tom, jerry, spike]);
    const [one, two] = await said(group, 2);
    await application.add(group, await application.user('late'));
    await jerry.acknowledge(group, { delivered: 3, read: 2 });
    await spike.acknowledge(group, { delivered: 2 });
    await tom.acknowledge(group, { read: 3 });
    for (const as of [application, tom, jerry]) {
      expect(await ofEvent(group, one!.eventId, as)).toEqual({
        deliveredTo: ['jerry', 'spike'],
        readBy: ['jerry'],
      });
      expect(await ofEvent(group, two!.eventId, as)).toEqual({ deliveredTo: ['jerry'], readBy: [] });
    }
    await application.remove(group, jerry);
    expect(await ofEvent(group, one!.eventId, tom)).toEqual({ deliveredTo: ['spike'], readBy: [] });
  });

  test('of a narrowed message its sender sees everybody whom it was for, those only themselves, others nothing', async () => {
    const tyke = await application.user('tyke');
    const group = await application.group([tom, jerry, spike, tyke]);
    const hook = await application.hook(() => ({ recipients: ['jerry', 'spike'] }));
    const [narrowed] = await said(group, 1);
    await application.deleteHook(hook);
    await Promise.all([jerry, spike, tyke].map((user) => user.acknowledge(group, { read: 2 })));
    const everybody = { deliveredTo: ['jerry', 'spike'], readBy: ['jerry', 'spike'] };
    expect(await ofEvent(group, narrowed!.eventId, tom)).toEqual(everybody);
    expect(await ofEvent(group, narrowed!.eventId, application)).toEqual(everybody);
    expect(await ofEvent(group, narrowed!.eventId, jerry)).toEqual({
      deliveredTo: ['jerry'],
      readBy: ['jerry'],
    });
    await expect(ofEvent(group, narrowed!.eventId, tyke)).rejects.toThrow('event_not_found');
  });
});

test('while members come and go and a replica is killed: no deadlock, and what was acknowledged is kept', async () => {
  const second = await world.another('conversation');
  const crowd = await application.users(...ascending(12).map((number) => `user ${String(number)}`));
  const groups = [await application.group([tom, ...crowd]), await application.group([tom, ...crowd])];
  const newcomers = await application.users('late', 'later');
  for (const group of groups) await said(group, 30);
  const clients = await Promise.all(crowd.map((user, index) => user.connect({ gateway: index % 2 })));
  const acknowledged = new Map<string, number>();
  const acknowledge = async (
    client: Client,
    userId: string,
    group: Somewhere,
    read: number,
  ): Promise<void> => {
    const answer = await client.acknowledge(group, { read });
    const key = `${group.id} ${userId}`;
    if (answer.ok) acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, read));
  };
  const receipts = ascending(30).map(async (read) => {
    await Promise.all(
      clients.flatMap((client, index) =>
        groups.map((group) => acknowledge(client, `user ${String(index + 1)}`, group, read)),
      ),
    );
    if (read === 15) await second.kill();
  });
  const changes = groups.flatMap(({ id: conversationId }) =>
    newcomers.map(({ id: userId }) =>
      eventually(() =>
        // With a key: one that was answered by nobody may have been done.
        application.call(operations.addMembers, {
          parameters: { conversationId },
          body: { members: [{ userId }] },
          idempotencyKey: `${conversationId}/${userId}`,
        }),
      ),
    ),
  );
  await Promise.all([...receipts, ...changes]);
  const kept = new Map<string, Record<string, string>>();
  // NATS hears of the end of a killed replica a moment after it: a question of that moment may be answered by nobody.
  for (const group of groups) kept.set(group.id, await eventually(() => positions(group)));
  expect(acknowledged.size).toBe(2 * crowd.length);
  for (const [key, read] of acknowledged) {
    const [groupId, ...name] = key.split(' ');
    const [, readSeq] = kept.get(groupId!)![name.join(' ')]!.split('/');
    expect(Number(readSeq)).toBeGreaterThanOrEqual(read);
  }
  const [statistics] = await world.database.sql(
    'SELECT deadlocks::int AS deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(statistics).toEqual({ deadlocks: 0 });
});
