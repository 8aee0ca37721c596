import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

interface Notification {
  readonly userId: string;
  readonly payload: { readonly title: string; readonly body: string };
}

let world: World;
let application: TestApplication;
let tom: TestUser;
let group: { readonly id: string };

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom, await application.user('jerry'), await application.user('spike')]);
});

/** What absent users are told, each by its body. */
async function told(): Promise<string[]> {
  const { notifications } = await application.call<{ notifications: Notification[] }>(
    operations.listPushNotifications,
  );
  expect(new Set(notifications.map(({ payload }) => payload.title)).size).toBeLessThanOrEqual(1);
  return notifications.map(({ userId, payload }) => `${userId}: ${payload.body}`).toSorted();
}

const expectTold = (...what: string[]): Promise<void> =>
  eventually(async () => {
    expect(await told()).toEqual(what);
  });

const send = (text: string, expiresIn?: number): Promise<{ eventId: string }> =>
  tom.call(operations.sendMessage, {
    parameters: { conversationId: group.id },
    body: { content: { type: 'text', text }, expiresIn },
  });

test('notifications of a message say what it says after an edit, and go with its recall', async () => {
  await send('stays');
  const { eventId } = await send('Holy crap!');
  await expectTold('jerry: Holy crap!', 'jerry: stays', 'spike: Holy crap!', 'spike: stays');
  const parameters = { conversationId: group.id, eventId };
  await tom.call(operations.updateMessage, {
    parameters,
    body: { content: { type: 'text', text: 'Holy cow!' } },
  });
  await expectTold('jerry: Holy cow!', 'jerry: stays', 'spike: Holy cow!', 'spike: stays');
  await tom.call(operations.recallMessage, { parameters });
  await expectTold('jerry: stays', 'spike: stays');
});

test('notifications of a message go when it expires, from the list and from the table', async () => {
  await send('gone before long', 3_600);
  await expectTold('jerry: gone before long', 'spike: gone before long');
  await world.database.sql(
    `UPDATE push_notification.push_notification SET expires_at = expires_at - interval '1 hour'
     WHERE application_id = $1`,
    application.id,
  );
  expect(await told()).toEqual([]);
  await eventually(async () => {
    expect(await world.database.tablesWith('gone before long')).not.toContain(
      'push_notification.push_notification',
    );
  }, 30_000);
});
