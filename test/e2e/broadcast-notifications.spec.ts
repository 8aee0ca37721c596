import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { broadcast } from '../harness/broadcasts.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

interface Notification {
  readonly userId: string;
  readonly payload: unknown;
}

/** More than are looked at by one question. */
const many = 2_300;
const push = { alert: 'Open again' };

let world: World;
let application: TestApplication;
let tom: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom] = await application.users('tom', 'jerry', 'spike', 'news');
  service = await application.service();
});

async function notifications(): Promise<Notification[]> {
  const page = await application.call<{ notifications: Notification[] }>(operations.listPushNotifications);
  return page.notifications;
}

async function expectNotified(...userIds: string[]): Promise<void> {
  await eventually(async () => {
    expect((await notifications()).map(({ userId }) => userId).toSorted()).toEqual(userIds);
  });
}

async function count(): Promise<{ rows: number; users: number; walks: number }> {
  const [row] = await world.database.sql(
    `SELECT count(*)::int AS rows, count(DISTINCT user_id)::int AS users,
       (SELECT count(*)::int FROM push_notification.walk WHERE application_id = $1) AS walks
     FROM push_notification.push_notification WHERE application_id = $1`,
    application.id,
  );
  return { rows: Number(row!['rows']), users: Number(row!['users']), walks: Number(row!['walks']) };
}

test('who is absent is notified with what was given, unless it has muted the service; who is connected is not', async () => {
  await tom.connect();
  await world.database.sql(
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, muted, joined_at, joined_seq)
     SELECT uuidv7(), key, application_id, 'spike', true, now(), 0
     FROM conversation.conversation WHERE application_id = $1 AND id = $2`,
    application.id,
    service.id,
  );
  await application.call(operations.createUser, { body: { id: 'gone' } });
  await application.call(operations.deleteUser, { parameters: { userId: 'gone' } });
  await broadcast(application, service, 'to all', { push });
  await expectNotified('jerry');
  expect((await notifications())[0]!.payload).toEqual(push);
});

test('without a payload nobody is notified', async () => {
  await broadcast(application, service, 'silent');
  await broadcast(application, service, 'loud', { push });
  await expectNotified('jerry', 'spike', 'tom');
});

test('thousands are notified once each, whoever dies in between', async () => {
  await world.database.sql(
    `INSERT INTO conversation."user" (application_id, id)
     SELECT $1, 'user ' || number FROM generate_series(1, ${String(many)}) AS number`,
    application.id,
  );
  await broadcast(application, service, 'to all', { push });
  await eventually(async () => {
    expect((await count()).rows).toBeGreaterThan(0);
  });
  await world.pushNotification.kill();
  await world.pushNotification.start();
  await eventually(async () => {
    expect(await count()).toEqual({ rows: many + 3, users: many + 3, walks: 0 });
  });
});

test('a recall takes the notifications back', async () => {
  const { eventId } = await broadcast(application, service, 'to all', { push });
  await expectNotified('jerry', 'spike', 'tom');
  await application.call(operations.recallMessage, { parameters: { conversationId: service.id, eventId } });
  await expectNotified();
});
