import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { Replay } from '#contracts/webhooks/replays.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { changeWebhook } from '../harness/managed-webhooks.js';
import { HttpAnswer, type SignedServer } from '../harness/signed-server.js';
import { beginReplay, endOf, replayEvent, replayOf } from '../harness/webhook-replays.js';
import { World } from '../harness/world.js';

type Receiver = SignedServer<WebhookPayload>;

let world: World;
let application: TestApplication;
let tom: TestUser;
let yard: { readonly id: string };

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  yard = await application.group([tom]);
});

async function said(words: string, where = yard): Promise<string> {
  const { status, body } = await tom.send(where, words);
  expect(status).toBe(201);
  return (body as { eventId: string }).eventId;
}

/** What a receiver got, word by word, in the order in which it came. */
function words({ bodies }: Receiver): string[] {
  return bodies.map(({ data }) =>
    'content' in data && data.content.type === 'text' ? data.content.text : data.type,
  );
}

async function got(receiver: Receiver, ...expected: string[]): Promise<void> {
  await eventually(() => {
    expect(words(receiver)).toEqual(expected);
  });
}

/** Whatever waits for it is given up, as after three days. */
async function giveUp({ id }: Receiver): Promise<void> {
  await changeWebhook(application, { id }, { enabled: false });
  await world.database.sql(
    `UPDATE webhook_delivery.delivery SET state = 'dead', attempts = 10, last_error = 'status_500', dead_at = now()
     WHERE endpoint_id = $1::uuid`,
    id,
  );
  await changeWebhook(application, { id }, { enabled: true });
}

/** So many messages, faster than by sending them. */
async function filled(count: number, where: { readonly id: string }): Promise<void> {
  await world.database.sql(
    `WITH head AS (
      UPDATE conversation.conversation_head SET last_seq = last_seq + $3::int, last_timestamp = now()
      WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE application_id = $1 AND id = $2)
      RETURNING conversation_key, last_seq - $3::int AS former
    )
    INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
    SELECT conversation_key, former + place, uuidv7(), 'message', 'tom', 'text', '"' || place || '"', now()
    FROM head, generate_series(1, $3::int) AS place`,
    application.id,
    where.id,
    String(count),
  );
}

const hourAgo = (): number => Date.now() - 3_600_000;

describe('everything missing', () => {
  test('is what happened while the webhook was disabled, in order, and nothing that it took or never asked for', async () => {
    const webhook = await application.webhook(() => ({}), { eventTypes: ['message'] });
    await said('one');
    await got(webhook, 'one');
    await changeWebhook(application, webhook, { enabled: false });
    await said('two');
    await tom.sendCustom(yard, 'wave', {});
    await said('three');
    await world.settled(application);
    await changeWebhook(application, webhook, { enabled: true });
    const replay = await beginReplay(application, webhook, { what: 'missing', from: hourAgo() });
    expect(replay).toMatchObject({
      what: 'missing',
      state: 'running',
      looked: 0,
      queued: 0,
      finishedAt: null,
    });
    await got(webhook, 'one', 'two', 'three');
    const history = await tom.history(yard, 100, 'message');
    expect(webhook.received.map(({ id }) => id)).toEqual(history.map(({ id }) => id));
    expect(await endOf(application, webhook, replay)).toMatchObject({ state: 'done', looked: 5, queued: 2 });
    await eventually(async () => {
      const rows = await world.database.sql(
        `SELECT FROM webhook_delivery.attempt WHERE endpoint_id = $1::uuid AND outcome = 'succeeded'`,
        webhook.id,
      );
      expect(rows).toHaveLength(3);
    });
    const again = await beginReplay(application, webhook, { what: 'missing', from: hourAgo() });
    expect(await endOf(application, webhook, again)).toMatchObject({ looked: 5, queued: 0 });
    await said('four');
    await got(webhook, 'one', 'two', 'three', 'four');
  });

  test('is known for as long as attempts are', async () => {
    const webhook = await application.webhook();
    const from = Date.now() - 5 * 24 * 3_600_000;
    await expect(beginReplay(application, webhook, { what: 'missing', from })).rejects.toThrow(
      'from must be within 4 days',
    );
    await endOf(application, webhook, await beginReplay(application, webhook, { what: 'all', from }));
  });
});

describe('all of a time', () => {
  test('comes once more, as it is now, of one conversation when it is named', async () => {
    const attic = await application.group([tom]);
    const webhook = await application.webhook(() => ({}), { eventTypes: ['message', 'message.*'] });
    const first = await said('Holy crap!');
    await said('up here', attic);
    await tom.update(yard, first, 'Holy **!');
    await eventually(() => {
      expect(webhook.received).toHaveLength(3);
    });
    const range = { what: 'all', from: hourAgo(), conversationId: yard.id } as const;
    const replay = await beginReplay(application, webhook, range);
    expect(await endOf(application, webhook, replay)).toMatchObject({ ...range, queued: 2 });
    await eventually(() => {
      expect(words(webhook).slice(3)).toEqual(['Holy **!', 'Holy **!']);
    });
    expect(webhook.received[3]!.id).toBe(first);
    const { replays } = await application.call<{ replays: Replay[] }>(operations.listWebhookReplays, {
      parameters: { webhookId: webhook.id },
    });
    expect(replays).toEqual([await replayOf(application, webhook, replay)]);
  });

  test('ends where it was told to', async () => {
    const webhook = await application.webhook();
    await said('one');
    const { timestamp } = (await tom.history(yard)).at(-1)!;
    await said('two');
    await eventually(() => {
      expect(words(webhook).slice(-2)).toEqual(['one', 'two']);
    });
    const range = { what: 'all', from: timestamp, to: timestamp + 1, conversationId: yard.id } as const;
    await endOf(application, webhook, await beginReplay(application, webhook, range));
    await eventually(() => {
      expect(words(webhook).slice(-2)).toEqual(['two', 'one']);
    });
  });
});

describe('what was given up', () => {
  test('is sent again as it was, and nothing else', async () => {
    const attic = await application.group([tom]);
    const webhook = await application.webhook(() => new HttpAnswer(500), { eventTypes: ['message'] });
    const first = await said('Holy crap!');
    await said('up here', attic);
    await eventually(() => {
      expect(webhook.received).toHaveLength(2);
    });
    await said('later');
    await eventually(async () => {
      const waiting = await world.database.sql(
        'SELECT FROM webhook_delivery.delivery WHERE endpoint_id = $1::uuid',
        webhook.id,
      );
      expect(waiting).toHaveLength(3);
    });
    await giveUp(webhook);
    await tom.update(yard, first, 'Holy **!');
    webhook.behave(() => ({}));
    const range = { what: 'dead', from: hourAgo() } as const;
    const inYard = { ...range, conversationId: yard.id };
    const replay = await beginReplay(application, webhook, inYard);
    expect(await endOf(application, webhook, replay)).toMatchObject({ looked: 3, queued: 2 });
    await eventually(() => {
      expect(words(webhook).slice(2)).toEqual(['Holy crap!', 'later']);
    });
    await endOf(application, webhook, await beginReplay(application, webhook, range));
    await eventually(() => {
      expect(words(webhook).slice(2)).toEqual(['Holy crap!', 'later', 'up here']);
    });
    expect(webhook.received[2]!.id).toBe(first);
  });
});

describe('one event', () => {
  test('that waits to be tried again is tried now', async () => {
    const webhook = await application.webhook(() => new HttpAnswer(500), { eventTypes: ['message'] });
    const eventId = await said('one');
    const due = () =>
      world.database.sql(
        `UPDATE webhook_delivery.delivery_lane SET due_at = now() + interval '20 hours'
         WHERE endpoint_id = $1::uuid AND due_at > now() RETURNING 1`,
        webhook.id,
      );
    await eventually(async () => {
      expect(await due()).toHaveLength(1);
    });
    webhook.behave(() => ({}));
    const before = webhook.received.length;
    expect(await replayEvent(application, webhook, eventId)).toBe(false);
    await eventually(() => {
      expect(webhook.received.length).toBe(before + 1);
    });
  });

  test('is sent once more, unless it waits already', async () => {
    const webhook = await application.webhook(() => ({}), { eventTypes: ['custom:*'] });
    const eventId = await said('unasked');
    expect(await replayEvent(application, webhook, eventId)).toBe(true);
    await got(webhook, 'unasked');
    webhook.behave(() => new HttpAnswer(503));
    expect(await replayEvent(application, webhook, eventId)).toBe(true);
    await eventually(() => {
      expect(webhook.received).toHaveLength(2);
    });
    expect(await replayEvent(application, webhook, eventId)).toBe(false);
    await giveUp(webhook);
    webhook.behave(() => ({}));
    expect(await replayEvent(application, webhook, eventId)).toBe(true);
    await got(webhook, 'unasked', 'unasked', 'unasked');
    expect(new Set(webhook.received.map(({ id }) => id))).toEqual(new Set([eventId]));
  });
});

describe('a replay', () => {
  const stop = (id: string) =>
    world.database.sql(
      `UPDATE webhook_delivery.replay SET state = 'running', leased_until = 'infinity', cursor = NULL, finished_at = NULL
       WHERE id = $1::uuid`,
      id,
    );

  test('begins once per key, one at a time, and ends when it is cancelled', async () => {
    const webhook = await application.webhook(() => ({}), { enabled: true, eventTypes: ['custom:*'] });
    const range = { what: 'all', from: 1 } as const;
    const replay = await beginReplay(application, webhook, range, 'once');
    expect(await beginReplay(application, webhook, range, 'once')).toEqual(replay);
    await endOf(application, webhook, replay);
    await stop(replay.id);
    await expect(beginReplay(application, webhook, range)).rejects.toThrow('replay_running');
    const parameters = { webhookId: webhook.id, replayId: replay.id };
    await application.call(operations.cancelWebhookReplay, { parameters });
    const cancelled = await replayOf(application, webhook, replay);
    expect(cancelled).toMatchObject({ state: 'cancelled', finishedAt: expect.any(Number) });
    await application.call(operations.cancelWebhookReplay, { parameters });
    await endOf(application, webhook, await beginReplay(application, webhook, range));
    expect(await replayOf(application, webhook, replay)).toEqual(cancelled);
  });

  test('waits for a webhook that is disabled, and that has enough to do', async () => {
    const webhook = await application.webhook(() => ({}), { eventTypes: ['message'] });
    await said('one');
    await got(webhook, 'one');
    const replay = await beginReplay(application, webhook, { what: 'all', from: hourAgo() });
    await endOf(application, webhook, replay);
    await got(webhook, 'one', 'one');
    await stop(replay.id);
    await changeWebhook(application, webhook, { enabled: false });
    await world.database.sql(
      'UPDATE webhook_delivery.replay SET leased_until = NULL WHERE id = $1::uuid',
      replay.id,
    );
    await eventually(async () => {
      const [row] = await world.database.sql(
        'SELECT leased_until > now() AS waits FROM webhook_delivery.replay WHERE id = $1::uuid',
        replay.id,
      );
      expect(row!['waits']).toBe(true);
    });
    expect(await replayOf(application, webhook, replay)).toMatchObject({ state: 'running' });
    await changeWebhook(application, webhook, { enabled: true });
    await endOf(application, webhook, replay, 30_000);
    await got(webhook, 'one', 'one', 'one');
  });

  test('of two replicas, of which one is killed, queues each event once and sends every one, in order', async () => {
    const attic = await application.group([tom]);
    const count = 700;
    for (const where of [yard, attic]) await filled(count, where);
    const webhook = await application.webhook(() => ({}), { eventTypes: ['message'] });
    const other = await world.another('webhook-delivery');
    const replay = await beginReplay(application, webhook, { what: 'all', from: hourAgo() });
    await eventually(async () => {
      expect((await replayOf(application, webhook, replay)).looked).toBeGreaterThan(0);
    });
    await other.kill();
    await world.webhookDelivery.kill();
    await world.webhookDelivery.start();
    // What the killed ones had in hand is somebody's turn when their lease is over.
    expect(await endOf(application, webhook, replay, 60_000)).toMatchObject({
      state: 'done',
      looked: 2 * count + 2,
      queued: 2 * count,
    });
    await eventually(() => {
      expect(new Set(webhook.received.map(({ id }) => id)).size).toBe(2 * count);
    });
    for (const { id } of [yard, attic]) {
      const seqs = webhook.bodies
        .filter(({ data }) => data.conversationId === id)
        .map(({ data }) => data.seq);
      const firsts = [...new Set(seqs)];
      expect(firsts).toEqual(firsts.toSorted((one, next) => one - next));
    }
  }, 120_000);
});
