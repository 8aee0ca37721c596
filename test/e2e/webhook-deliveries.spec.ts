import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import {
  attemptsOf,
  changeWebhook,
  deliveriesOf,
  registerWebhook,
  testWebhook,
  webhookOf,
} from '../harness/managed-webhooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer } from '../harness/signed-server.js';

let world: SharedWorld;
beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

let application: TestApplication;
let tom: TestUser;
let group: { id: string };
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
});

/** @returns the event's id */
async function say(text: string): Promise<string> {
  const { body } = await tom.send(group, text);
  return (body as { eventId: string }).eventId;
}

describe('the log of attempts', () => {
  test('says what was sent and what was answered', async () => {
    const webhook = await application.webhook(() => new HttpAnswer(201, 'Thank you'), {
      eventTypes: ['message'],
    });
    const before = Date.now();
    const eventId = await say('Hello');
    await eventually(async () => {
      const { attempts, nextCursor } = await attemptsOf(application, webhook);
      expect(attempts).toEqual([
        {
          id: expect.any(String),
          webhookId: eventId,
          startedAt: expect.any(Number),
          duration: expect.any(Number),
          status: 201,
          outcome: 'succeeded',
          failure: null,
          attempt: 1,
          events: 1,
          eventIds: [eventId],
          answer: 'Thank you',
          test: false,
        },
      ]);
      expect(attempts[0]!.startedAt).toBeGreaterThanOrEqual(before);
      expect(nextCursor).toBeNull();
    });
  });

  test('is read page by page, by outcome and by event, whatever was tested in between', async () => {
    const webhook = await application.webhook(() => ({}), { eventTypes: ['message'] });
    const eventIds = [await say('one'), await say('two')];
    await eventually(async () => {
      expect((await attemptsOf(application, webhook)).attempts).toHaveLength(2);
    });
    webhook.behave(() => new HttpAnswer(500, 'Sorry'));
    await testWebhook(application, webhook);
    const { attempts } = await attemptsOf(application, webhook);
    expect(attempts.map(({ outcome, test: isTest }) => [outcome, isTest])).toEqual([
      ['failed', true],
      ['succeeded', false],
      ['succeeded', false],
    ]);
    const paged: unknown[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await attemptsOf(application, webhook, { limit: 1, cursor });
      paged.push(...page.attempts);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(attempts);

    const [failed, second, first] = attempts;
    const of = async (query: object) => (await attemptsOf(application, webhook, { ...query })).attempts;
    expect(await of({ outcome: 'failed' })).toEqual([failed]);
    expect(await of({ outcome: 'paused' })).toEqual([]);
    expect(await of({ eventId: eventIds[0] })).toEqual([first]);
    expect(await of({ eventId: eventIds[1], outcome: 'succeeded' })).toEqual([second]);
    expect(await of({ eventId: eventIds[1], outcome: 'failed' })).toEqual([]);
  });

  test('is searched so far for each page, and goes on from there', async () => {
    const webhook = await registerWebhook(application, { url: 'http://127.0.0.1:9/', enabled: false });
    // As after a busy minute: one failure, far behind.
    await world.database.sql(
      `INSERT INTO webhook_delivery.attempt (id, place, endpoint_id, event_id, message_id, number, started_at, duration, status,
         outcome, events)
       SELECT ('018f0000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid, 0, $1::uuid, gen_random_uuid(), 'x', 1,
         now(), 1, 200, CASE number WHEN 1 THEN 'failed' ELSE 'succeeded' END, 1
       FROM generate_series(1, 1500) AS number`,
      webhook.id,
    );
    const first = await attemptsOf(application, webhook, { outcome: 'failed' });
    expect(first.attempts).toEqual([]);
    const second = await attemptsOf(application, webhook, { outcome: 'failed', cursor: first.nextCursor });
    expect(second.attempts).toHaveLength(1);
    expect(second.nextCursor).toBeNull();
  });
});

describe('what a webhook has not got', () => {
  test('waits, and says for how long and why', async () => {
    const webhook = await application.webhook(() => new HttpAnswer(500, 'Sorry'), {
      eventTypes: ['message'],
    });
    const eventIds = [await say('one'), await say('two')];
    await eventually(async () => {
      const { deliveries } = await deliveriesOf(application, webhook, { state: 'pending' });
      expect(deliveries).toHaveLength(2);
      expect(deliveries[0]!.attempts).toBeGreaterThan(0);
    });
    const { deliveries, nextCursor } = await deliveriesOf(application, webhook, { state: 'pending' });
    const waiting = { type: 'message', conversationId: group.id, state: 'pending', deadAt: null };
    expect(deliveries).toMatchObject([
      { ...waiting, eventId: eventIds[0], lastError: 'status_500', batchId: null },
      { ...waiting, eventId: eventIds[1], attempts: 0, lastError: null },
    ]);
    expect(nextCursor).toBeNull();
    expect(deliveries[0]!.dueAt).toBeGreaterThan(deliveries[0]!.createdAt);
    expect(await deliveriesOf(application, webhook)).toEqual({ deliveries: [], nextCursor: null });
    const { state } = await webhookOf(application, webhook);
    expect(state).toMatchObject({ circuit: { state: 'closed', retryAt: null }, throttledUntil: null });
    expect(state.failingSince).toBeGreaterThan(0);
    expect(state.nextAttemptAt).toBeGreaterThanOrEqual(deliveries[0]!.createdAt);
  });

  test.each(['dead', 'pending'] as const)('is read page by page: %s', async (state) => {
    const webhook = await registerWebhook(application, { url: 'http://127.0.0.1:9/', enabled: false });
    const died = state === 'dead' ? 'now()' : 'NULL';
    // Days of failures, in lanes of conversations and of their own.
    await world.database.sql(
      `INSERT INTO webhook_delivery.delivery (endpoint_id, lane, event_id, type, payload, state, dead_at)
       SELECT $1::uuid, number % 3 - 1, gen_random_uuid(), 'message', '{"data":{}}', $2, ${died}
       FROM generate_series(1, 7) AS number`,
      webhook.id,
      state,
    );
    const all = await deliveriesOf(application, webhook, { state });
    expect(all.deliveries).toHaveLength(7);
    const paged: unknown[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await deliveriesOf(application, webhook, { state, limit: 2, cursor });
      paged.push(...page.deliveries);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(all.deliveries);
    const problem = { problem: { code: 'invalid_cursor' } };
    const wrong = Buffer.from(state === 'dead' ? 't1.0:1' : 't1.1').toString('base64url');
    await expect(deliveriesOf(application, webhook, { state, cursor: wrong })).rejects.toMatchObject(problem);
  });
});

describe('a test', () => {
  test.each([
    undefined,
    'message',
    'message.updated',
    'message.recalled',
    'member.invited',
    'member.joined',
    'member.updated',
    'member.left',
    'conversation.updated',
    'custom:order',
    'webhook.disabled',
  ] as const)('sends a sample of %s, signed, whether the webhook is enabled or not', async (type) => {
    const webhook = await application.webhook(() => new HttpAnswer(202, 'Taken'), {
      enabled: false,
      eventTypes: ['message.recalled'],
    });
    const result = await testWebhook(application, webhook, { ...(type && { type }) });
    expect(result).toEqual({
      delivered: true,
      status: 202,
      failure: null,
      duration: expect.any(Number),
      answer: 'Taken',
    });
    // Bodies are compared with the documents by whoever receives them.
    expect(webhook.received).toMatchObject([
      { body: { type: type ?? 'webhook.test', applicationId: application.id } },
    ]);
    expect(webhook.received[0]!.headers).toMatchObject({ 'hookline-test': 'true' });
    const { attempts } = await attemptsOf(application, webhook);
    expect(attempts).toMatchObject([{ test: true, webhookId: webhook.received[0]!.id, answer: 'Taken' }]);
    expect(await deliveriesOf(application, webhook, { state: 'pending' })).toMatchObject({ deliveries: [] });
  });

  test('sends its sample in the form in which the webhook gets its events', async () => {
    const batched = await application.webhook(() => 204, {
      format: { kind: 'batch', size: 10, lingerMs: 0 },
    });
    await testWebhook(application, batched, { type: 'message' });
    expect(batched.received).toMatchObject([
      { body: { type: 'batch', applicationId: application.id, data: { events: [{ type: 'message' }] } } },
    ]);
    const rows = await application.webhook(() => 204, {
      format: { kind: 'leancloud', size: 10, lingerMs: 0 },
    });
    await testWebhook(application, rows);
    expect(rows.received).toMatchObject([{ body: [{ from: 'test', bin: false, noPersist: true }] }]);
  });

  test('is one of so many at a time, however long receivers hang', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const webhook = await application.webhook(() => released, { enabled: false });
    const most = limits.webhookTestsAtOnce;
    const tests = Array.from({ length: 4 * most }, () =>
      testWebhook(application, webhook).then(
        () => 'sent',
        (error: unknown) => {
          release(undefined);
          return (error as { problem: { code: string } }).problem.code;
        },
      ),
    );
    const outcomes = await Promise.all(tests);
    expect(outcomes.filter((outcome) => outcome === 'sent').length).toBeGreaterThanOrEqual(most);
    expect(outcomes).toContain('rate_limited');
    expect(await testWebhook(application, webhook)).toMatchObject({ delivered: true });
  });

  test('tells what the receiver did, and changes nothing', async () => {
    const webhook = await application.webhook(() => new HttpAnswer(410, 'x'.repeat(2_000)));
    expect(await testWebhook(application, webhook)).toMatchObject({
      delivered: false,
      status: 410,
      failure: 'status_410',
      answer: 'x'.repeat(limits.webhookAnswerKeptBytes),
    });
    expect(await webhookOf(application, webhook)).toMatchObject({ enabled: true, disabled: null });
    await changeWebhook(application, webhook, { url: 'http://127.0.0.1:9/' });
    expect(await testWebhook(application, webhook)).toMatchObject({
      delivered: false,
      status: null,
      failure: expect.stringMatching(/^refused: /),
      answer: '',
    });
  });
});
