import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { Database } from '#platform/database/database.js';
import type { newConversation } from '#contracts/conversations.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import { PurgeStore } from '../../apps/conversation/src/store/purge.store.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf, type RestAnswer } from '../harness/rest.js';
import { World } from '../harness/world.js';

interface Caller {
  readonly authorization: string;
}
interface Somewhere {
  readonly id: string;
}

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});

const members = (...users: TestUser[]) => users.map(({ id: userId }) => ({ userId }));
const temporary = (options: Partial<z.input<typeof newConversation>> = {}) =>
  tom.create({ kind: 'temporary', expiresIn: 5, members: members(jerry), ...options });

function remove(as: Caller, { id }: Somewhere, idempotencyKey?: string): Promise<RestAnswer> {
  const parameters = { conversationId: id };
  return world.rest(requestOf(operations.deleteConversation, { as, parameters, idempotencyKey }));
}

function read(as: Caller, { id }: Somewhere): Promise<RestAnswer> {
  return world.rest(requestOf(operations.getConversation, { as, parameters: { conversationId: id } }));
}

async function listed(as: Caller, query: Record<string, string> = {}): Promise<string[]> {
  const { conversations } = await world.call<{ conversations: Somewhere[] }>(operations.listConversations, {
    as,
    query,
  });
  return conversations.map(({ id }) => id);
}

function endsHeard(client: Client): unknown[] {
  return client.heard.flatMap(({ name, payload }) => (name === 'conversation.deleted' ? [payload] : []));
}

async function expectEnd(client: Client, { id: conversationId }: Somewhere): Promise<void> {
  await eventually(() => {
    expect(endsHeard(client)).toEqual([{ conversationId }]);
  });
}

/** Nothing about it can be read, said or changed by anybody. */
async function expectGone(conversation: Somewhere): Promise<void> {
  const parameters = { conversationId: conversation.id };
  for (const as of [tom, jerry, application]) {
    const answers = [
      await read(as, conversation),
      await world.rest(requestOf(operations.listEvents, { as, parameters })),
      await world.rest(requestOf(operations.updateConversation, { as, parameters, body: { name: 'x' } })),
      await remove(as, conversation),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'conversation_not_found' } });
    }
  }
  const body = { members: [{ userId: 'jerry' }] };
  expect(
    await world.rest(requestOf(operations.addMembers, { as: application, parameters, body })),
  ).toMatchObject({ body: { code: 'conversation_not_found' } });
  expect((await tom.send(conversation, 'hello')).body).toMatchObject({ code: 'conversation_not_found' });
  for (const as of [tom, application]) expect(await listed(as)).not.toContain(conversation.id);
}

/** What the tables still hold of it. */
async function remains({ id }: Somewhere): Promise<Record<string, number>> {
  const tables = ['event', 'event_recipient', 'member', 'conversation_attribute'];
  const counts = tables.map(
    (table) =>
      `(SELECT count(*)::int FROM conversation.${table} WHERE conversation_key = deleted.key) AS ${table}`,
  );
  const [row] = await world.database.sql(
    `SELECT ${counts.join(', ')} FROM conversation.conversation AS deleted WHERE id = $1`,
    id,
  );
  return row as Record<string, number>;
}

async function endTimeline({ id }: Somewhere, lastSeq: number): Promise<void> {
  await world.database.sql(
    `UPDATE conversation.conversation_head SET last_seq = ${String(lastSeq)}
     WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
    id,
  );
}

/** As if it had been deleted long ago. */
async function age({ id }: Somewhere): Promise<void> {
  const past = `UPDATE conversation.conversation SET deleted_at = now() - interval '1 hour' WHERE id = $1`;
  await world.database.sql(past, id);
}

/** As housekeeping of so many replicas does it, side by side; answers how often they found something to do. */
async function purge(replicas = 1): Promise<number> {
  const settings = {
    DATABASE_URL: world.database.url,
    HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
    HOOKLINE_DATABASE_CONNECTIONS: 2,
  };
  const databases = Array.from({ length: replicas }, () => new Database(settings, 'purge-test'));
  const worked = databases.map(async (database) => {
    const store = new PurgeStore(database);
    let count = 0;
    while ((await store.sweep()) > 0) count += 1;
    await database.close();
    return count;
  });
  return (await Promise.all(worked)).reduce((sum, count) => sum + count, 0);
}

describe('a deleted conversation', () => {
  test('does not exist any more, and its members hear that', async () => {
    const group = await tom.create({ name: 'Cats', attributes: { topic: 'cats' }, members: members(jerry) });
    const clients = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    expect((await remove(tom, group)).status).toBe(204);
    for (const client of clients) await expectEnd(client, group);
    await expectGone(group);
    expect(await listed(application, { attributes: '{"topic":"cats"}' })).toEqual([]);
    const client = await jerry.connect({ resume: { [group.id]: 1 } });
    expect(client.ready.conversations).toEqual([]);
    await expectEnd(client, group);
  });

  test('is noticed by who has missed the notice', async () => {
    const group = await tom.create({ members: members(jerry) });
    const client = await jerry.connect();
    // Exactly what a deletion stores, without anybody who tells.
    await world.database.sql(
      `WITH deleted AS (
         UPDATE conversation.conversation_head SET state = 'deleted'
         WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)
       )
       UPDATE conversation."user" SET list_version = list_version + 1 WHERE application_id = $2 AND id = 'jerry'`,
      group.id,
      application.id,
    );
    await expectEnd(client, group);
  });

  test('is deleted by owners and servers alone', async () => {
    const group = await tom.create({ members: [{ userId: 'jerry', role: 'manager' }] });
    const outsider = await application.user('butch');
    const foreign = await world.application();
    const foreigner = await foreign.user('tom');
    expect(await remove(jerry, group)).toMatchObject({ status: 403, body: { code: 'insufficient_role' } });
    expect(await remove(outsider, group)).toMatchObject({ status: 403, body: { code: 'not_a_member' } });
    for (const as of [foreign, foreigner]) {
      expect(await remove(as, group)).toMatchObject({
        status: 404,
        body: { code: 'conversation_not_found' },
      });
    }
    expect((await read(jerry, group)).status).toBe(200);
    expect((await remove(application, group)).status).toBe(204);
  });

  test('is deleted once: with the same key it is said again, without it there is nothing', async () => {
    const group = await tom.create();
    expect((await remove(tom, group, 'k')).status).toBe(204);
    expect((await remove(tom, group, 'k')).status).toBe(204);
    expect((await remove(tom, group)).status).toBe(404);
  });

  test('may be inactive, and its id is never given again', async () => {
    const group = await tom.create({ id: 'forever' });
    await world.call(operations.updateConversation, {
      as: tom,
      parameters: { conversationId: group.id },
      body: { state: 'inactive' },
    });
    expect((await remove(tom, group)).status).toBe(204);
    const again = requestOf(operations.createConversation, { as: tom, body: { id: 'forever' } });
    expect(await world.rest(again)).toMatchObject({ status: 409, body: { code: 'conversation_exists' } });
  });

  test('is purged of everything, in portions and by two replicas, and nothing else is', async () => {
    await application.hook(({ text }) => (text.includes('for one') ? { recipients: ['jerry'] } : {}));
    const spike = await application.user('spike');
    const group = await tom.create({ attributes: { a: 1 }, members: members(jerry, spike) });
    const other = await tom.create({ attributes: { a: 1 }, members: members(jerry) });
    for (const text of ['hello', 'for one']) await tom.send(group, text);
    await world.settled();
    // Longer than a portion.
    await world.database.sql(
      `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
       SELECT key, seq, gen_random_uuid(), 'message', 'tom', 'text', '"old"', now()
       FROM conversation.conversation, generate_series(4, 2500) AS seq WHERE id = $1`,
      group.id,
    );
    await endTimeline(group, 2_500);
    expect(await remains(group)).toEqual({
      event: 2500,
      event_recipient: 1,
      member: 3,
      conversation_attribute: 1,
    });
    await remove(tom, group);
    expect(await purge()).toBe(0);
    await age(group);
    expect(await purge(2)).toBe(4);
    // As the consumers know it.
    await endTimeline(group, 3);
    expect(await remains(group)).toEqual({
      event: 0,
      event_recipient: 0,
      member: 0,
      conversation_attribute: 0,
    });
    expect(await remains(other)).toMatchObject({ event: 1, member: 2, conversation_attribute: 1 });
    expect(await purge()).toBe(0);
    await expectGone(group);
  });

  test('is not purged of what the outbox still has to hand over', async () => {
    const group = await tom.create({ members: members(jerry) });
    await remove(tom, group);
    await world.settled();
    await age(group);
    await world.nats.stop();
    await world.database.sql(
      `UPDATE conversation.outbox_entry SET published_at = NULL
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
      group.id,
    );
    expect(await purge()).toBe(0);
    await world.nats.start();
    await world.whole();
    await eventually(async () => {
      await purge();
      expect(await remains(group)).toMatchObject({ event: 0, member: 0 });
    });
  });
});

describe('a temporary conversation', () => {
  test('is like a group until it expires, then does not exist, and is deleted', async () => {
    const before = Date.now();
    const conversation = await temporary({ name: 'Short' });
    expect(conversation.expiresAt).toBeGreaterThanOrEqual(before + 5_000);
    const client = await jerry.connect();
    expect((await tom.send(conversation, 'hello')).status).toBe(201);
    await eventually(async () => {
      expect((await read(tom, conversation)).status).toBe(404);
    });
    await expectGone(conversation);
    const late = await jerry.connect({ resume: {} });
    expect(late.ready.conversations).toEqual([]);
    await expectEnd(client, conversation);
    expect(late.heard.map(({ name }) => name)).toEqual(['session.ready']);
  });

  test('lasts a day unless it is said', async () => {
    const { createdAt, expiresAt } = await temporary({ expiresIn: undefined });
    const lasting = (expiresAt ?? 0) - createdAt;
    expect(Math.abs(lasting - limits.temporaryConversationSeconds * 1_000)).toBeLessThan(60_000);
  });

  test('takes nothing that its hooks let through when it has expired meanwhile', async () => {
    const conversation = await temporary({ expiresIn: 4 });
    const untilExpired = async () => {
      await eventually(async () => {
        expect((await read(tom, conversation)).status).toBe(404);
      });
      return {};
    };
    const hook = await application.hook(untilExpired, { deadline: limits.hookDeadlineMaximum });
    const answer = await tom.send(conversation, 'late');
    expect(hook.received).toHaveLength(1);
    expect(answer).toMatchObject({ status: 404, body: { code: 'conversation_not_found' } });
    expect(await world.database.tablesWith('late')).not.toContain('conversation.event');
  });
});
