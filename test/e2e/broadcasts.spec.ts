import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import type { TimelineEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { broadcast, broadcastsOf, deleteBroadcast, expireBroadcast } from '../harness/broadcasts.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom] = await application.users('tom', 'news');
  service = await application.service();
});

const text = (said: string) => ({ type: 'text', text: said }) as const;

function textsOf(events: readonly TimelineEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'message' && event.content.type === 'text' ? [event.content.text] : [],
  );
}

const shown = async (query?: Parameters<typeof broadcastsOf>[1]): Promise<string[]> =>
  textsOf((await broadcastsOf(application, query)).map(({ event }) => event));

/** How many rows of each table the transaction has written that sent it. */
async function rowsOf({ number }: { readonly number: number }): Promise<Record<string, number>> {
  const [sent] = await world.database.sql(
    `SELECT xmin::text AS writer FROM conversation.broadcast WHERE application_id = $1 AND number = $2::text::bigint`,
    application.id,
    String(number),
  );
  const tables = await world.database.sql(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'conversation'`,
  );
  const counts = tables.map(
    ({ name }) =>
      `SELECT '${String(name)}' AS name, count(*)::int AS rows FROM conversation."${String(name)}" WHERE xmin::text = $1`,
  );
  const rows = await world.database.sql(counts.join(' UNION ALL '), String(sent!['writer']));
  const written = rows.map(({ name, rows: count }) => [String(name), Number(count)] as const);
  return Object.fromEntries(written.filter(([, count]) => count > 0));
}

describe('a broadcast is accepted', () => {
  test('with as many rows for a thousand users as for two, ten at most', async () => {
    const few = await broadcast(application, service, 'to two', { idempotencyKey: 'first' });
    await world.database.sql(
      `INSERT INTO conversation."user" (application_id, id)
       SELECT $1, 'user ' || number FROM generate_series(1, 1000) AS number`,
      application.id,
    );
    const many = await broadcast(application, service, 'to a thousand', { idempotencyKey: 'second' });
    const written = await rowsOf(many);
    expect(Object.values(written).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(10);
    expect(written).toMatchObject({ event: 1, event_recipient: 2, broadcast: 1, broadcast_counter: 1 });
    expect(many.number).toBe(few.number + 1);
  });

  test('with numbers without a gap, whatever services they are of and however many are sent at once', async () => {
    const other = await application.service();
    const sent = await Promise.all(
      Array.from({ length: 12 }, (_unused, index) =>
        broadcast(application, index % 2 === 0 ? service : other, String(index), { gateway: index % 2 }),
      ),
    );
    const numbers = sent.map(({ number }) => number).sort((one, two) => one - two);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_unused, index) => index + 1));
  });

  test('until the end that was asked for, or for 30 days', async () => {
    const validTill = Date.now() + 60_000;
    expect(await broadcast(application, service, 'a minute', { validTill })).toMatchObject({ validTill });
    const longest = await broadcast(application, service, 'thirty days');
    expect(longest.validTill).toBeLessThanOrEqual(Date.now() + limits.broadcastValidity + 60_000);
    expect(longest.validTill).toBeGreaterThan(Date.now() + limits.broadcastValidity - 60_000);
  });

  test('once per key, however often it is asked for', async () => {
    const idempotencyKey = 'once';
    const [one, two] = await Promise.all([
      broadcast(application, service, 'once', { idempotencyKey }),
      broadcast(application, service, 'once', { idempotencyKey, gateway: 1 }),
    ]);
    expect(two).toEqual(one);
    expect(await shown()).toEqual(['once']);
    const other = broadcast(application, service, 'other', { idempotencyKey });
    expect(await refusal(other)).toBe('idempotency_key_reused');
  });

  test('of a service alone, which is there and active', async () => {
    const group = await application.group([tom]);
    expect(await refusal(broadcast(application, group, 'no'))).toBe('wrong_conversation_kind');
    const parameters = { conversationId: service.id };
    await application.call(operations.updateConversation, { parameters, body: { state: 'inactive' } });
    expect(await refusal(broadcast(application, service, 'no'))).toBe('conversation_inactive');
    await application.call(operations.deleteConversation, { parameters });
    expect(await refusal(broadcast(application, service, 'no'))).toBe('conversation_not_found');
  });
});

describe('hooks', () => {
  test('see no recipients, and may change the content', async () => {
    const hook = await application.hook(() => ({ content: text('Holy **!'), recipients: ['tom'] }));
    const sent = await broadcast(application, service, 'Holy crap!', { idempotencyKey: 'hooked' });
    expect(hook.received[0]!.body).toMatchObject({
      conversation: { id: service.id, kind: 'system' },
      event: { senderId: 'news', content: text('Holy crap!') },
      recipients: [],
    });
    expect(sent.modified).toMatchObject({ content: text('Holy **!') });
    expect(sent.modified).not.toHaveProperty('recipients');
    const jerry = await application.user('jerry');
    expect(textsOf(await jerry.history(service))).toEqual(['Holy **!']);
    expect(await broadcast(application, service, 'Holy crap!', { idempotencyKey: 'hooked' })).toEqual(sent);
    expect(hook.received).toHaveLength(1);
  });

  test('drop it: nothing is stored, and the key remembers it', async () => {
    const hook = await application.hook(() => ({ action: 'drop' }));
    const dropped = { dropped: true };
    expect(await broadcast(application, service, 'no', { idempotencyKey: 'dropped' })).toEqual(dropped);
    expect(await broadcast(application, service, 'no', { idempotencyKey: 'dropped' })).toEqual(dropped);
    expect(hook.received).toHaveLength(1);
    expect(await application.history(service)).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  test('reject it', async () => {
    await application.hook(() => ({ action: 'reject', code: 7, detail: 'no ads' }));
    expect(await refusal(broadcast(application, service, 'ad'))).toBe('rejected_by_hook');
    expect(await application.history(service)).toEqual([]);
  });
});

describe('the history of the service', () => {
  test('shows it to every user, and goes on doing so when it has expired', async () => {
    const sent = await broadcast(application, service, 'to all');
    await expireBroadcast(world.database, application, sent);
    expect(textsOf(await tom.history(service))).toEqual(['to all']);
    expect((await tom.event(service, sent.eventId)).status).toBe(200);
    expect(await shown()).toEqual([]);
  });

  test('shows it as it was edited; recalled, without its content', async () => {
    const sent = await broadcast(application, service, 'to al');
    const parameters = { conversationId: service.id, eventId: sent.eventId };
    await application.call(operations.updateMessage, { parameters, body: { content: text('to all') } });
    expect(textsOf(await tom.history(service))).toEqual(['to all']);
    expect(await shown()).toEqual(['to all']);
    await application.call(operations.recallMessage, { parameters });
    expect(textsOf(await tom.history(service))).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  test('is not for users of other applications', async () => {
    const sent = await broadcast(application, service, 'to all');
    const other = await world.application();
    const foreigner = await other.user('tom');
    expect((await foreigner.event(service, sent.eventId)).status).toBe(404);
    expect(await broadcastsOf(other)).toEqual([]);
    expect(await refusal(deleteBroadcast(other, sent))).toBe('broadcast_not_found');
  });
});

describe('the list', () => {
  test('is newest first, page by page, of all services or of one', async () => {
    const other = await application.service();
    for (const said of ['one', 'two', 'three']) await broadcast(application, service, said);
    await broadcast(application, other, 'four');
    await broadcast(application, service, 'five');
    expect(await shown({ limit: 2 })).toEqual(['five', 'four', 'three', 'two', 'one']);
    const conversationId = service.id;
    expect(await shown({ conversationId, limit: 3 })).toEqual(['five', 'three', 'two', 'one']);
  });

  test('is empty for a service that was deleted', async () => {
    await broadcast(application, service, 'gone');
    await application.call(operations.deleteConversation, { parameters: { conversationId: service.id } });
    expect(await shown()).toEqual([]);
  });

  test('of large broadcasts comes in smaller pages', async () => {
    const large = 'x'.repeat(limits.messageBytes - 2);
    for (let sent = 0; sent < 10; sent += 1) await broadcast(application, service, large);
    expect(await shown({ limit: 100 })).toHaveLength(10);
  });
});

describe('a broadcast that was deleted', () => {
  test('is found nowhere any more, nor is what was said about it', async () => {
    const sent = await broadcast(application, service, 'a slip of the tongue');
    const parameters = { conversationId: service.id, eventId: sent.eventId };
    await application.call(operations.updateMessage, { parameters, body: { content: text('oh') } });
    await deleteBroadcast(application, sent);
    expect(await shown()).toEqual([]);
    expect(await tom.history(service)).toEqual([]);
    expect(await application.history(service)).toEqual([]);
    expect((await tom.event(service, sent.eventId)).status).toBe(404);
    expect(await world.database.tablesWith('a slip of the tongue')).not.toContain('conversation.event');
  });

  test('is deleted once per key; without one it is not there any more', async () => {
    const sent = await broadcast(application, service, 'a slip of the tongue');
    await deleteBroadcast(application, sent, 'key');
    await deleteBroadcast(application, sent, 'key');
    expect(await refusal(deleteBroadcast(application, sent))).toBe('broadcast_not_found');
  });
});

test('nobody but a server sends, lists or deletes any', async () => {
  const sent = await broadcast(application, service, 'to all');
  const body = { senderId: 'tom', content: text('to all') };
  const parameters = { conversationId: service.id };
  expect(await refusal(tom.call(operations.sendBroadcast, { parameters, body }))).toBe('forbidden');
  expect(await refusal(tom.call(operations.listBroadcasts))).toBe('forbidden');
  const { eventId } = sent;
  expect(await refusal(tom.call(operations.deleteBroadcast, { parameters: { eventId } }))).toBe('forbidden');
});
