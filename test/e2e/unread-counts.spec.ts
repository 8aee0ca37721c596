import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { UnreadCount } from '#contracts/unread.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { RestProblem } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

interface Somewhere {
  readonly id: string;
}
interface Sent {
  readonly eventId: string;
  readonly seq: number;
}

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

function send({ id: conversationId }: Somewhere, as: TestUser, extra: object = {}): Promise<Sent> {
  const body = { content: { type: 'text', text: 'hello' } as const, ...extra };
  return world.call(operations.sendMessage, { as, parameters: { conversationId }, body });
}

function unread({ id: conversationId }: Somewhere, as: TestUser): Promise<UnreadCount> {
  return world.call(operations.getUnread, { as, parameters: { conversationId } });
}

/** "unread (mentions)" by conversation, over all pages. */
async function listed(as: TestUser, limit = 2): Promise<Record<string, string>> {
  const found: UnreadCount[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { conversations: UnreadCount[]; nextCursor: string | null } = await world.call(
      operations.listUnread,
      { as, query: { limit, cursor } },
    );
    expect(page.conversations.length).toBeLessThanOrEqual(limit);
    found.push(...page.conversations);
    cursor = page.nextCursor;
  }
  return Object.fromEntries(
    found.map(({ conversationId, unread: messages, mentions }) => [
      conversationId,
      `${String(messages)} (${String(mentions)})`,
    ]),
  );
}

const total = (as: TestUser): Promise<unknown> => world.call(operations.getUnreadTotal, { as });

describe('what is unread', () => {
  test('messages of others after the watermark: no own ones, no other events, nothing recalled or expired', async () => {
    const group = await application.group([tom, jerry]);
    const first = await send(group, tom);
    await send(group, tom, { mentions: { userIds: ['jerry'] } });
    await send(group, tom, { mentions: { userIds: ['spike'], everyone: true } });
    await send(group, tom, { mentions: { userIds: ['spike'] } });
    await send(group, jerry);
    await tom.sendCustom(group, 'wave', {});
    await application.add(group, spike);
    expect(await unread(group, jerry)).toEqual({
      conversationId: group.id,
      ...{ unread: 4, mentions: 2, isCapped: false, lastSeq: 8, readSeq: 1 },
    });
    await jerry.acknowledge(group, { read: first.seq });
    expect(await unread(group, jerry)).toMatchObject({ unread: 3, mentions: 2, readSeq: first.seq });
    // Delivered is not read.
    await jerry.acknowledge(group, { delivered: 8 });
    expect(await unread(group, jerry)).toMatchObject({ unread: 3 });
    const change = async (column: string, value: string, { seq }: { seq: number }): Promise<unknown> =>
      world.database.sql(
        `UPDATE conversation.event SET ${column} = ${value} FROM conversation.conversation
         WHERE conversation.key = event.conversation_key AND conversation.id = $1 AND event.seq = $2::bigint`,
        group.id,
        String(seq),
      );
    await change('recalled_at', 'now()', { seq: 3 });
    expect(await unread(group, jerry)).toMatchObject({ unread: 2, mentions: 1 });
    await change('expires_at', "now() - interval '1 second'", { seq: 4 });
    expect(await unread(group, jerry)).toMatchObject({ unread: 1, mentions: 0 });
    expect(await unread(group, tom)).toMatchObject({ unread: 1 });
  });

  test('nothing from before the joining, also where history can be read from the start, and nothing after the leaving', async () => {
    for (const historyVisibility of ['start', 'joined'] as const) {
      const group = await application.group([tom, jerry], { historyVisibility });
      await send(group, tom);
      await application.add(group, spike);
      expect(await unread(group, spike)).toMatchObject({ unread: 0, readSeq: 3 });
      await send(group, tom);
      expect(await unread(group, spike)).toMatchObject({ unread: 1 });
      await application.remove(group, spike);
      await expect(unread(group, spike)).rejects.toThrow('not_a_member');
      await send(group, tom);
      expect(await listed(spike)).toEqual({});
      await application.add(group, spike);
      expect(await unread(group, spike)).toMatchObject({ unread: 0 });
    }
  });

  test('what a hook has addressed to others does not count', async () => {
    const group = await application.group([tom, jerry, spike]);
    const hook = await application.hook(() => ({ recipients: ['jerry'] }));
    await send(group, tom);
    await application.deleteHook(hook);
    await send(group, tom);
    expect(await unread(group, jerry)).toMatchObject({ unread: 2 });
    expect(await unread(group, spike)).toMatchObject({ unread: 1 });
    expect(await unread(group, tom)).toMatchObject({ unread: 0 });
  });

  test('at most so many events are looked at, and the count says so', async () => {
    const group = await application.group([tom, jerry]);
    await send(group, tom);
    // As if Tom had sent so many more.
    const more = limits.unreadEvents + 4;
    await world.database.sql(
      `WITH head AS (
         UPDATE conversation.conversation_head AS head SET last_seq = head.last_seq + $2::bigint
         FROM conversation.conversation WHERE conversation.key = head.conversation_key AND conversation.id = $1
         RETURNING head.conversation_key
       )
       INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
       SELECT conversation_key, 2 + number, gen_random_uuid(), 'message', 'tom', 'text', '"again"', now()
       FROM head, generate_series(1, $2::bigint) AS number`,
      group.id,
      String(more),
    );
    expect(await unread(group, jerry)).toMatchObject({ unread: limits.unreadEvents, isCapped: true });
    expect(await total(jerry)).toEqual({ conversations: 1, messages: limits.unreadEvents, isCapped: true });
    await jerry.acknowledge(group, { read: 6 });
    expect(await unread(group, jerry)).toMatchObject({ unread: limits.unreadEvents, isCapped: false });
  });
});

describe('over all conversations', () => {
  test('those with something unread, page by page, and the total', async () => {
    const groups = await Promise.all(
      Array.from({ length: 7 }, (_, index) =>
        application.group([tom, jerry], { id: `group-${String(index)}` }),
      ),
    );
    for (const index of [0, 2, 3, 5]) {
      for (let sent = 0; sent <= index; sent++) await send(groups[index]!, tom);
    }
    await send(groups[5]!, tom, { mentions: { userIds: ['jerry'] } });
    await send(groups[6]!, jerry);
    const expected = { 'group-0': '1 (0)', 'group-2': '3 (0)', 'group-3': '4 (0)', 'group-5': '7 (1)' };
    for (const limit of [1, 2, 4, 100]) expect(await listed(jerry, limit)).toEqual(expected);
    expect(await total(jerry)).toEqual({ conversations: 4, messages: 15, isCapped: false });
    expect(await listed(tom)).toEqual({ 'group-6': '1 (0)' });
    const byServer = await application.call(operations.getUnreadTotal, { query: { userId: 'jerry' } });
    expect(byServer).toEqual({ conversations: 4, messages: 15, isCapped: false });
  });

  test('everything can be read at once, and only for oneself', async () => {
    const groups = await Promise.all([
      application.group([tom, jerry, spike]),
      application.group([tom, jerry]),
    ]);
    const listener = await tom.connect();
    for (const group of groups) await send(group, tom);
    const clear = () => world.call(operations.clearUnread, { as: jerry, body: {} });
    expect(await clear()).toEqual({ conversations: 2, isComplete: true });
    expect(await clear()).toEqual({ conversations: 0, isComplete: true });
    expect(await total(jerry)).toEqual({ conversations: 0, messages: 0, isCapped: false });
    expect(await total(spike)).toEqual({ conversations: 1, messages: 1, isCapped: false });
    await eventually(() => {
      expect(listener.receipts(groups[0])).toEqual([[{ userId: 'jerry', deliveredSeq: 2, readSeq: 2 }]]);
    });
  });

  test('strangers and other applications learn nothing', async () => {
    const group = await application.group([tom, jerry]);
    await send(group, tom);
    const other = await world.application();
    const stranger = await other.user('jerry');
    const codeOf = (answer: Promise<unknown>): Promise<string> =>
      answer.then(
        () => 'answered',
        (error: unknown) => (error instanceof RestProblem ? error.problem.code : String(error)),
      );
    expect(await codeOf(unread(group, stranger))).toBe('conversation_not_found');
    expect(await codeOf(unread(group, spike))).toBe('not_a_member');
    expect(await listed(stranger)).toEqual({});
    expect(await world.call(operations.clearUnread, { as: stranger, body: {} })).toMatchObject({
      conversations: 0,
    });
    const another = { as: spike, query: { userId: 'jerry' } };
    expect(await codeOf(world.call(operations.listUnread, another))).toBe('invalid_request');
    expect(await codeOf(world.call(operations.getUnreadTotal, another))).toBe('invalid_request');
    expect(await listed(jerry)).toEqual({ [group.id]: '1 (0)' });
  });
});
