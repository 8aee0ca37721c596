import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { World } from '../harness/world.js';

interface Notification {
  readonly userId: string;
  readonly payload: { readonly title?: string; readonly body?: string };
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
  return notifications
    .map(({ userId, payload }) => `${userId}: ${payload.body ?? JSON.stringify(payload)}`)
    .toSorted();
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
  });
});

describe('what a server gives for devices', () => {
  const push = { alert: 'Tom has written', badge: 'Increment', nested: { a: [1, null] } };
  const parameters = () => ({ conversationId: group.id });
  const give = (body: object = {}, idempotencyKey?: string): Promise<{ eventId: string }> =>
    application.call(operations.sendMessage, {
      parameters: parameters(),
      body: { senderId: 'tom', content: { type: 'text', text: 'Holy crap!' }, push, ...body },
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });

  test('stands instead of sender and preview, until an edit, and goes with the recall', async () => {
    const { eventId } = await give();
    const given = JSON.stringify(push);
    await expectTold(`jerry: ${given}`, `spike: ${given}`);
    const [event] = await application.history(group, { types: 'message' });
    expect(event).not.toHaveProperty('push');
    const body = { content: { type: 'text' as const, text: 'Holy cow!' } };
    await tom.call(operations.updateMessage, { parameters: { ...parameters(), eventId }, body });
    await expectTold('jerry: Holy cow!', 'spike: Holy cow!');
    await tom.call(operations.recallMessage, { parameters: { ...parameters(), eventId } });
    await expectTold();
  });

  test('is part of the request, and no user gives any', async () => {
    const { eventId } = await give({}, 'once');
    expect(await give({}, 'once')).toMatchObject({ eventId });
    expect(await refusal(give({ push: { alert: 'other' } }, 'once'))).toBe('idempotency_key_reused');
    expect(await refusal(give({ push: undefined }, 'once'))).toBe('idempotency_key_reused');
    const body = { content: { type: 'text' as const, text: 'Hello' }, push };
    expect(await refusal(tom.call(operations.sendMessage, { parameters: parameters(), body }))).toBe(
      'forbidden',
    );
    expect(await refusal(give({ push: { alert: 'x'.repeat(limits.pushPayloadBytes) } }))).toBe(
      'invalid_request',
    );
  });
});
