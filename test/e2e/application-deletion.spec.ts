import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Application } from '#contracts/applications.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { ConnectionRefused } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf } from '../harness/rest.js';
import { usedService } from '../harness/services.js';
import { World } from '../harness/world.js';

/** Nothing is removed for good before 20 s have passed, and then it is looked again. */
const within = 90_000;
const patience = 200_000;

let world: World;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());

const as = (of: { readonly id: string }) => ({ as: world.owner, parameters: { applicationId: of.id } });
const remove = (application: { readonly id: string }): Promise<Application> =>
  world.call(operations.deleteApplication, as(application));
const read = (application: { readonly id: string }): Promise<Application> =>
  world.call(operations.getApplication, as(application));

async function erased(application: { readonly id: string }): Promise<void> {
  await eventually(async () => {
    expect(await read(application)).toMatchObject({ erasedAt: expect.any(Number) });
  }, within);
}

/** Columns by which something belongs to an application, as PostgreSQL knows them: whatever table is added later is here. */
async function owningColumns(): Promise<{ table: string; column: string }[]> {
  const rows = await world.database.sql(`
    SELECT format('%I.%I', table_schema, table_name) AS "table", column_name AS "column"
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_type = 'BASE TABLE' AND column_name IN ('application_id', 'conversation_key', 'lane')
      AND table_schema NOT IN ('pg_catalog', 'information_schema')`);
  return rows.map(({ table, column }) => ({ table: String(table), column: String(column) }));
}

/** Tables with rows of the application, or of its conversations. */
async function tablesOf(application: TestApplication, keys: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const { table, column } of await owningColumns()) {
    const values = column === 'application_id' ? [application.id] : keys;
    const [row] = await world.database.sql(
      `SELECT count(*)::int AS rows FROM ${table} WHERE ${column}::text = ANY (string_to_array($1, ','))`,
      values.join(),
    );
    if (Number(row?.['rows']) > 0) found.add(table);
  }
  return [...found].toSorted();
}

async function keysOf({ id }: TestApplication): Promise<string[]> {
  const rows = await world.database.sql(
    'SELECT key::text AS key FROM conversation.conversation WHERE application_id = $1',
    id,
  );
  return rows.map(({ key }) => String(key));
}

/** @returns counts what is left of the log of an application's webhooks as they are now */
async function attemptsOf({ id }: TestApplication): Promise<() => Promise<number>> {
  const endpoints = await world.database.sql(
    'SELECT id::text FROM webhook_delivery.webhook_endpoint WHERE application_id = $1',
    id,
  );
  return async () => {
    const [row] = await world.database.sql(
      `SELECT count(*)::int AS count FROM webhook_delivery.attempt WHERE endpoint_id::text = ANY (string_to_array($1, ','))`,
      endpoints.map((endpoint) => String(endpoint['id'])).join(),
    );
    return Number(row!['count']);
  };
}

interface Scene {
  readonly application: TestApplication;
  readonly tom: TestUser;
  readonly group: { readonly id: string };
  readonly fileId: string;
  readonly webhook: { readonly received: readonly unknown[] };
}

/** Something in every table, said so that it is found again. */
async function scene(id: string): Promise<Scene> {
  const application = await world.application({ id, name: `Secrets of ${id}`, eventRetentionDays: 30 });
  const [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  const webhook = await application.webhook();
  const afterHook = await application.afterHook();
  const file = await tom.upload('cheese.txt', `cheese of ${id}`);
  await application.upload('loose.txt', 'attached to nothing');
  const group = await application.group([tom, jerry, spike], {
    attributes: { topic: 'cheese' },
    uniqueKey: 'one',
  });
  const room = await application.group([], { kind: 'room' });
  await usedService(application, jerry, { words: `To all of ${id}`, senderId: 'tom' });
  const client = await tom.connect();
  await client.call('room.enter', { conversationId: room.id });
  await tom.sendMessage(
    group,
    { content: { type: 'text', text: `Hello from ${id}` }, attachments: [file.id] },
    'one',
  );
  const hook = await application.hook(({ text }) => (text.includes('psst') ? { recipients: ['jerry'] } : {}));
  await tom.send(group, `psst ${id}`);
  await application.deleteHook(hook);
  await application.hook(() => ({}), { enabled: false });
  const parameters = { conversationId: group.id };
  await application.call(operations.blockInConversation, { parameters, body: { userId: 'spike' } });
  await jerry.call(operations.blockUser, { parameters: { userId: 'jerry', blockedUserId: 'spike' } });
  await application.revokeToken(spike);
  await application.call(operations.rotateKey, {
    parameters: { applicationId: id, kind: 'appKey' },
    body: { overlapSeconds: 3_600 },
  });
  for (const operation of [operations.createHook, operations.createWebhook])
    await application.call(operation, {
      body: {
        url: 'http://127.0.0.1:9/',
        enabled: false,
        ...(operation.id === 'createHook' && { name: 'messageSent' }),
      } as never,
      idempotencyKey: 'one',
    });
  await application.call(operations.createHookServer, {
    body: {
      protocol: 'leanengine',
      url: 'http://127.0.0.1:9',
      credentials: { applicationId: id, applicationKey: 'key', masterKey: 'key' },
      enabled: false,
    },
    idempotencyKey: 'one',
  });
  await eventually(async () => {
    const { notifications } = await application.call<{ notifications: unknown[] }>(
      operations.listPushNotifications,
    );
    expect(notifications.length).toBeGreaterThanOrEqual(2);
    expect(webhook.received.length).toBeGreaterThanOrEqual(3);
    expect(afterHook.received.length).toBeGreaterThanOrEqual(2);
  });
  return { application, tom, group, fileId: file.id, webhook };
}

/** What is there for moments alone, or where something was lost. */
async function plantWhatIsRare({ id }: TestApplication, key: string): Promise<void> {
  for (const schema of ['hook_engine', 'push_notification', 'webhook_delivery'])
    await world.database.sql(
      `INSERT INTO ${schema}.inbox_entry (lane, seq, payload) VALUES ($1::bigint, 1000000, $2)`,
      key,
      `kept of ${id}`,
    );
  await world.database.sql(
    `WITH given_up AS (
       INSERT INTO webhook_delivery.delivery (endpoint_id, lane, conversation_key, seq, event_id, type, payload, state, dead_at)
       SELECT id, $1::bigint, $1::bigint, 1000000, uuidv7(), 'message', application_id, 'dead', now()
       FROM webhook_delivery.webhook_endpoint WHERE application_id = $2 AND enabled
     )
     INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane, due_at)
     SELECT id, $1::bigint, now() + interval '1 hour'
     FROM webhook_delivery.webhook_endpoint WHERE application_id = $2 AND enabled`,
    key,
    id,
  );
  await world.database.sql(
    `INSERT INTO push_notification.walk (event_id, application_id, after) VALUES (uuidv7(), $1, 1)`,
    id,
  );
  await world.database.sql(
    `INSERT INTO conversation.user_erasure (application_id, user_id, pseudonym, messages, due_at)
     VALUES ($1, 'spike', 'deleted-spike', 'keep', now() + interval '1 day')`,
    id,
  );
}

test('a deleted application is gone at once, everywhere, and its id is never given again', async () => {
  const application = await world.application({ id: 'gone', name: 'To be forgotten' });
  const tom = await application.user('tom');
  const clients = [await tom.connect({ gateway: 0 }), await tom.connect({ gateway: 1 })];
  for (const gateway of [0, 1])
    await tom.call(operations.getUser, { parameters: { userId: 'tom' } }, gateway);
  await expect(
    application.call(operations.deleteApplication, { parameters: { applicationId: 'gone' } }),
  ).rejects.toMatchObject({
    problem: { code: 'forbidden' },
  });
  const deleted = await remove(application);
  expect(deleted).toMatchObject({ id: 'gone', name: '', deletedAt: expect.any(Number), erasedAt: null });
  for (const gateway of [0, 1]) {
    for (const caller of [application, tom]) {
      const request = requestOf(operations.getUser, { as: caller, parameters: { userId: 'tom' } });
      expect((await world.rest(request, gateway)).body).toMatchObject({ code: 'unauthenticated' });
    }
    await expect(tom.connect({ gateway })).rejects.toThrow(ConnectionRefused);
  }
  await eventually(() => {
    for (const client of clients)
      expect(client.closing).toMatchObject({ code: 'token_revoked', detail: 'The application was deleted' });
  });
  expect(await remove(application)).toMatchObject({ deletedAt: deleted.deletedAt });
  expect(await read(application)).toMatchObject({ deletedAt: deleted.deletedAt });
  const { applications } = await world.call<{ applications: Application[] }>(operations.listApplications, {
    as: world.owner,
  });
  expect(applications.map(({ id }) => id)).not.toContain('gone');
  const change = { ...as(application), body: { name: 'Again' } };
  await expect(world.call(operations.updateApplication, change)).rejects.toMatchObject({
    problem: { code: 'application_not_found' },
  });
  const kind = 'masterKey' as const;
  const rotation = { as: world.owner, parameters: { applicationId: 'gone', kind }, body: {} };
  await expect(world.call(operations.rotateKey, rotation)).rejects.toMatchObject({
    problem: { code: 'application_not_found' },
  });
  await expect(world.application({ id: 'gone' })).rejects.toMatchObject({
    problem: { code: 'application_deleted' },
  });
});

test(
  'in the end nothing is left of it in any table, not of what was under way either; its neighbour is whole',
  async () => {
    const [{ application, tom, group, fileId }, neighbour] = [
      await scene('erased-one'),
      await scene('kept-one'),
    ];
    await world.settled();
    const keys = await keysOf(application);
    await plantWhatIsRare(application, keys[0]!);
    // Every table that can have something has something, or this test would not notice that it stays there.
    const known = new Set((await owningColumns()).map(({ table }) => table));
    for (const moments of ['conversation.file_removal', 'conversation.occurrence']) known.delete(moments);
    expect(await tablesOf(application, keys)).toEqual([...known].toSorted());
    const kept = await world.database.rowsWith('kept-one');
    const attemptsLeft = await attemptsOf(application);
    expect(await attemptsLeft()).toBeGreaterThan(0);

    // Both have passed authentication, and wait for a hook.
    const asked = Promise.withResolvers<undefined>();
    const decided = Promise.withResolvers<undefined>();
    let waiting = 0;
    await application.hook(
      async ({ text }) => {
        waiting += 1;
        if (waiting === 2) asked.resolve(undefined);
        await decided.promise;
        return text.includes('unwanted') ? { action: 'drop' as const } : {};
      },
      { deadline: 9_000 },
    );
    const sends = [tom.send(group, 'late', { idempotencyKey: 'late' })];
    sends.push(tom.send({ id: group.id }, 'unwanted', { idempotencyKey: 'unwanted', gateway: 1 }));
    await asked.promise;
    await remove(application);
    await eventually(async () => {
      const living = await world.database.sql(
        `SELECT FROM conversation.conversation WHERE application_id = 'erased-one' AND deleted_at IS NULL`,
      );
      expect(living).toEqual([]);
    });
    decided.resolve(undefined);
    await Promise.all(sends);

    await erased(application);
    expect(await tablesOf(application, keys)).toEqual([]);
    expect(await world.database.tablesWith('erased-one')).toEqual(['conversation.application']);
    expect(await attemptsLeft()).toBe(0);
    expect(existsSync(join(world.filesFolder, 'erased-one', fileId))).toBe(false);

    expect((await world.database.rowsWith('kept-one')).length).toBe(kept.length);
    expect(existsSync(join(world.filesFolder, 'kept-one', neighbour.fileId))).toBe(true);
    const heard = neighbour.webhook.received.length;
    expect((await neighbour.tom.send(neighbour.group, 'Still here')).status).toBe(201);
    await eventually(() => {
      expect(neighbour.webhook.received.length).toBe(heard + 1);
    });

    // What a process writes that stood still since before the deletion is found by a last look.
    const { erasedAt } = await read(application);
    await world.database.sql(
      `INSERT INTO conversation.request (application_id, namespace, key, fingerprint, outcome)
       VALUES ('erased-one', 'user:tom', 'much later', '', 'null')`,
    );
    await world.database.sql(
      `UPDATE conversation.application SET erasure_due_at = now() WHERE id = 'erased-one' AND erasure_due_at IS NOT NULL`,
    );
    await eventually(async () => {
      const [row] = await world.database.sql(
        `SELECT FROM conversation.application WHERE id = 'erased-one' AND erasure_due_at IS NULL`,
      );
      expect(row).toBeDefined();
    });
    expect(await tablesOf(application, keys)).toEqual([]);
    expect(await read(application)).toMatchObject({ erasedAt });
  },
  patience,
);

/** Somebody is kept from changing rows of this table. */
async function removalWaitsFor(table: string): Promise<void> {
  const rows = await world.database.sql(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
       AND (query LIKE '%DELETE FROM%' || $1 || '%' OR query LIKE '%UPDATE%' || $1 || '%')`,
    table,
  );
  expect(rows.length).toBeGreaterThan(0);
}

test(
  'whoever dies in between, another one goes on',
  async () => {
    const { application } = await scene('interrupted');
    await world.settled();
    const keys = await keysOf(application);
    // Each keeps the removal at another step, in which all who work on it are killed.
    const steps = [
      ['conversation_head', 'conversation', 'conversation_key::text'],
      ['event', 'conversation', 'conversation_key::text'],
      ['user', 'conversation', 'application_id'],
      ['job', 'push_notification', 'lane::text'],
    ] as const;
    const held = [];
    for (const [table, schema, column] of steps) {
      const statement = `SELECT FROM ${schema}."${table}" WHERE ${column} = ANY (string_to_array($1, ',')) FOR UPDATE`;
      held.push({ table, letGo: await world.database.holding(statement, [application.id, ...keys].join()) });
    }
    await remove(application);
    for (const { table, letGo } of held) {
      await eventually(() => removalWaitsFor(table), within);
      await Promise.all(world.conversations.map((replica) => replica.kill()));
      await letGo();
      await Promise.all(world.conversations.map((replica) => replica.start()));
    }
    await world.whole();
    await erased(application);
    expect(await tablesOf(application, keys)).toEqual([]);
    expect(await world.database.tablesWith('interrupted')).toEqual(['conversation.application']);
  },
  patience,
);
