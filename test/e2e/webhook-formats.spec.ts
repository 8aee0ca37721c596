import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import { limits } from '#contracts/limits.js';
import type { StreamEvent } from '#contracts/stream.js';
import type { ServiceRows, WebhookBatch, WebhookPayload } from '#contracts/webhooks/payloads.js';
import { createWebhook } from '#contracts/webhooks/registration.js';
import type { Database } from '#platform/database/database.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Sealing } from '#platform/security/sealing.js';
import { Post } from '../../apps/webhook-delivery/src/dispatch/post.port.js';
import { CreateEndpoint } from '../../apps/webhook-delivery/src/manage-endpoints/create-endpoint.js';
import { DeliveryEngine, emptyDeliveries, owned } from '../harness/delivery-engine.js';
import { HeldReceiver, type ReceivedPost } from '../harness/held-receiver.js';
import { cloneDatabase, streamWorld, until, type StreamWorld } from '../harness/durable-world.js';
import { expectDescribed } from '../harness/webhook-bodies.js';

let database: Database;
let drop: () => Promise<void>;
let receiver: HeldReceiver;
let world: StreamWorld;
let engine: DeliveryEngine;

const outgoing = new OutgoingHttp(['127.0.0.0/8']);
const sealing = new Sealing(randomBytes(32).toString('base64'));

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase(owned));
  receiver = await HeldReceiver.start();
});

afterAll(async () => {
  await outgoing.onApplicationShutdown();
  await receiver.close();
  await drop();
});

const engineOf = (schedule: readonly number[] = [0, 0, 0]): DeliveryEngine =>
  new DeliveryEngine({
    ...{ database, schedule, post: new Post(outgoing, sealing) },
    times: { lease: 2_000, renewal: 400, idle: 5_000, pause: 10_000 },
  });

beforeEach(async () => {
  receiver.received = [];
  receiver.answers = [];
  await emptyDeliveries(database);
  engine = engineOf();
  world = await streamWorld(['webhook-delivery']);
  await ensureStream(world.connection, world.stream);
  engine.consume(world);
  engine.start();
});

// Every body is what the published schema says.
afterEach(async () => {
  receiver.release();
  await engine.stop();
  await world.close();
  for (const { body } of receiver.received) expectDescribed(body);
});

type NewWebhook = Partial<z.input<typeof createWebhook.question>['webhook']>;

const create = (webhook: NewWebhook) =>
  new CreateEndpoint(engine.endpoints, outgoing, sealing, engine.sharedSecret).create(
    createWebhook.question.parse({
      ...{ applicationId: 'cartoons', request: null },
      webhook: { url: receiver.url, ...webhook },
    }),
  );

const batches = { kind: 'batch', lingerMs: 0 } as const;
const rows = { kind: 'leancloud', lingerMs: 0 } as const;

function stored(
  conversationKey: string,
  seq: number,
  changes: Partial<StreamEvent> = {},
  event: object = {},
): StreamEvent {
  return {
    ...{ applicationId: 'cartoons', conversationKey, conversationKind: 'group' as const },
    audience: { kind: 'everyone' },
    origin: { address: '192.0.2.1', dialect: 'native' },
    event: {
      ...{ id: randomUUID(), conversationId: `yard-${conversationKey}`, seq, timestamp: 1_472_200_796_764 },
      ...{
        type: 'message' as const,
        senderId: 'tom',
        content: { type: 'text' as const, text: `${conversationKey}.${seq}` },
      },
      ...event,
    },
    ...changes,
  };
}

/** A message of a user to a service. */
const inquiry = (conversationKey: string, seq: number, event: object = {}): StreamEvent =>
  stored(conversationKey, seq, { conversationKind: 'system', isInquiry: true }, event);

/** As many of one conversation as its last seq says, from the one on that is named. */
const several = (key: string, from: number, to: number, make = stored): StreamEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => make(key, from + index));

async function publish(...events: StreamEvent[]): Promise<void> {
  const messages = events.map((one) => ({ subject: world.subject, payload: JSON.stringify(one) }));
  const results = await publishBatch(world.client, messages);
  expect(results.every(({ kind }) => kind === 'published')).toBe(true);
}

/** The first POST is held until these events wait behind it. */
async function waitingBehind(first: StreamEvent, ...events: StreamEvent[]): Promise<void> {
  receiver.hold();
  await publish(first);
  await until(() => receiver.waiting === 1);
  await publish(...events);
  await until(async () => (await database.client.webhookDelivery.count()) === events.length + 1);
}

const wordsOf = ({ body }: ReceivedPost): string[] =>
  (JSON.parse(body) as WebhookBatch).data.events.map((one) => {
    const { data } = one as WebhookPayload;
    return 'content' in data && data.content.type === 'text' ? data.content.text : data.type;
  });
const rowsIn = ({ body }: ReceivedPost): ServiceRows => JSON.parse(body) as ServiceRows;
const everything = (): Promise<void> =>
  until(async () => receiver.received.length > 0 && (await database.client.webhookDelivery.count()) === 0);

/** What was published a moment ago need not be a delivery yet. */
const heard = (...words: string[]): Promise<void> =>
  until(() => words.every((word) => receiver.received.flatMap(wordsOf).includes(word)));

/** Of each conversation in the order of its first receptions. */
function firstsOf(words: readonly string[]): Map<string, string[]> {
  return Map.groupBy(new Set(words), (word) => word.split('.')[0]!);
}

describe('a batch', () => {
  test('has what waits, of several conversations, each in its order, under an id of its own', async () => {
    const { secret } = await create({ format: batches, concurrency: 1 });
    const waiting = [...several('1', 1, 5), ...several('2', 1, 3)];
    await waitingBehind(stored('3', 1), ...waiting);
    receiver.release();
    await everything();
    expect(wordsOf(receiver.received[0]!)).toEqual(['3.1']);
    expect(receiver.received).toHaveLength(2);
    const { id, body, headers } = receiver.received[1]!;
    expect(firstsOf(wordsOf(receiver.received[1]!))).toEqual(
      new Map([
        ['1', ['1.1', '1.2', '1.3', '1.4', '1.5']],
        ['2', ['2.1', '2.2', '2.3']],
      ]),
    );
    expect(JSON.parse(body)).toMatchObject({
      ...{ type: 'batch', timestamp: '2016-08-26T08:39:56.764Z', applicationId: 'cartoons' },
    });
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const { events } = (JSON.parse(body) as WebhookBatch).data;
    expect(events.map((one) => (one as WebhookPayload).data.id).toSorted()).toEqual(
      waiting.map(({ event }) => event.id).toSorted(),
    );
  });

  test('has no more events than it may have, and no more bytes', async () => {
    await create({ format: { ...batches, size: 3 }, concurrency: 1 });
    await waitingBehind(stored('1', 1), ...several('2', 1, 7));
    receiver.release();
    await everything();
    expect(Math.max(...receiver.received.map((one) => wordsOf(one).length))).toBe(3);
    expect(receiver.received.flatMap(wordsOf)).toHaveLength(8);
    await database.client.webhookEndpoint.deleteMany();
    receiver.received = [];
    await create({ format: batches, concurrency: 1 });
    const large = several('4', 1, 24).map(({ event, ...others }): StreamEvent => ({
      ...others,
      event: { ...event, content: { type: 'text', text: 'x'.repeat(60_000) } } as StreamEvent['event'],
    }));
    await waitingBehind(stored('3', 1), ...large);
    receiver.release();
    await everything();
    const sizes = receiver.received.map(({ body }) => Buffer.byteLength(body));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.webhookBatchBytes);
    expect(receiver.received.flatMap(wordsOf)).toHaveLength(25);
    expect(receiver.received.length).toBeLessThan(6);
  });

  test('of one comes when nothing else does', async () => {
    await create({ format: { kind: 'batch', lingerMs: 50 } });
    await publish(stored('1', 1));
    await everything();
    expect(receiver.received.map(wordsOf)).toEqual([['1.1']]);
  });

  test('waits for what comes soon after', async () => {
    await create({ format: { kind: 'batch', lingerMs: 200, size: 4 } });
    await publish(stored('1', 1));
    await until(async () => (await database.client.webhookDelivery.count()) === 1);
    await publish(stored('1', 2), stored('2', 1), stored('2', 2));
    await heard('1.1', '1.2', '2.1', '2.2');
    expect(receiver.received.length).toBeLessThanOrEqual(2);
    expect(receiver.received.flatMap(wordsOf)).toHaveLength(4);
  });

  test('that fails is sent again as the same, before anything newer of its conversations; others do not wait', async () => {
    await create({ format: batches, concurrency: 1 });
    await waitingBehind(stored('3', 1), ...several('1', 1, 20), ...several('2', 1, 2));
    receiver.answers = [204, 500, 503];
    receiver.release();
    await publish(stored('1', 21), stored('4', 1));
    await heard('1.21', '4.1');
    const failed = receiver.received[1]!;
    expect(receiver.received.filter(({ id }) => id === failed.id).length).toBeGreaterThan(1);
    for (const { id, body } of receiver.received) if (id === failed.id) expect(body).toBe(failed.body);
    const firsts = firstsOf(receiver.received.flatMap(wordsOf));
    expect(firsts.get('1')).toEqual(several('1', 1, 21).map(({ event }) => `1.${event.seq}`));
    const place = (word: string) => receiver.received.findLastIndex((one) => wordsOf(one).includes(word));
    for (let seq = 2; seq <= 21; seq += 1)
      expect(place(`1.${seq}`)).toBeGreaterThanOrEqual(place(`1.${seq - 1}`));
    await everything();
  });

  test('that failed is the same for whoever takes the endpoint over', async () => {
    await engine.stop();
    engine = engineOf([2_000]);
    engine.consume(world);
    engine.start();
    const { id: endpointId } = await create({ format: batches, concurrency: 1 });
    await waitingBehind(stored('3', 1), ...several('1', 1, 30), ...several('2', 1, 2));
    receiver.answers = [204, 500];
    receiver.release();
    const failed = { where: { endpointId, batch: { not: null } } };
    await until(async () => (await database.client.webhookDelivery.count(failed)) > 0);
    await engine.stop();
    const first = receiver.received[1]!;
    const members = await database.client.webhookDelivery.findMany(failed);
    expect(members.map(({ batch }) => batch)).toEqual(wordsOf(first).map(() => first.id));
    engine = engineOf([]);
    engine.start();
    await everything();
    const again = receiver.received.slice(2).filter(({ id }) => id === first.id);
    expect(again.map(({ body }) => body)).toEqual([first.body]);
    expect(firstsOf(receiver.received.flatMap(wordsOf)).get('1')).toHaveLength(30);
  });

  test.each(['none', 'endpoint'] as const)(
    'with the order %s has everything, and fails as a whole',
    async (order) => {
      await create({ format: { ...batches, size: 5 }, concurrency: 1, order });
      await waitingBehind(stored('3', 1), ...several('1', 1, 6), ...several('2', 1, 6));
      receiver.answers = [204, 500, 500];
      receiver.release();
      await everything();
      expect(new Set(receiver.received.flatMap(wordsOf)).size).toBe(13);
      for (const one of receiver.received)
        for (const other of receiver.received) if (one.id === other.id) expect(other.body).toBe(one.body);
      const repeated = receiver.received.filter(({ id }) => id === receiver.received[1]!.id);
      expect(repeated.length).toBeGreaterThan(1);
      if (order === 'endpoint')
        expect(receiver.received.slice(1, 3).map(({ id }) => id)).toEqual([repeated[0]!.id, repeated[0]!.id]);
    },
  );

  test('that is given up is dead as a whole, and its conversations go on', async () => {
    await create({ format: { ...batches, size: 3 }, concurrency: 1 });
    await waitingBehind(stored('3', 1), ...several('1', 1, 5));
    receiver.answers = [204, 500, 500, 500, 500];
    receiver.release();
    await until(
      async () => (await database.client.webhookDelivery.count({ where: { state: 'pending' } })) === 0,
    );
    expect(receiver.received.slice(0, 5).map(wordsOf)).toEqual([
      ['3.1'],
      ...Array.from({ length: 4 }, () => ['1.1', '1.2', '1.3']),
    ]);
    expect(receiver.received.slice(5).flatMap(wordsOf)).toEqual(['1.4', '1.5']);
    const dead = await database.client.webhookDelivery.findMany({ orderBy: { id: 'asc' } });
    expect(
      dead.map(({ state, batch, attempts, lastError, seq }) => [state, batch, attempts, lastError, seq]),
    ).toEqual([1n, 2n, 3n].map((seq) => ['dead', receiver.received[1]!.id, 4, 'status_500', seq]));
    const attempts = await database.client.webhookAttempt.findMany({
      where: { messageId: receiver.received[1]!.id },
    });
    expect(attempts.map(({ number, events, place }) => [number, events, place]).toSorted()).toEqual(
      [1, 2, 3, 4].flatMap((number) => [0, 1, 2].map((place) => [number, 3, place])),
    );
  });
});

describe("LeanCloud's rows", () => {
  test('are one per message of a user to a service, as its web hook has them', async () => {
    await create({ format: rows });
    const { event } = inquiry('1', 1);
    await publish(
      inquiry('1', 1, { id: event.id, senderId: 'A', content: { type: 'json', json: 'Hello sys' } }),
    );
    await everything();
    const date = { __type: 'Date', iso: '2016-08-26T08:39:56.764Z' };
    expect(receiver.received.map(rowsIn)).toEqual([
      [
        {
          fromIp: '192.0.2.1',
          conv: { __type: 'Pointer', className: '_Conversation', objectId: event.conversationId },
          msgId: messageIdOf(event.id),
          from: 'A',
          bin: false,
          data: 'Hello sys',
          createdAt: date,
          updatedAt: date,
        },
      ],
    ]);
  });

  test('come together, in order, and have nothing but such messages', async () => {
    await create({ format: rows, concurrency: 1 });
    await waitingBehind(inquiry('1', 1), ...several('2', 1, 3, inquiry));
    await publish(
      stored('3', 1),
      stored('4', 1, { conversationKind: 'system' }),
      inquiry('5', 1, { type: 'custom:order', content: undefined, data: 1 }),
      inquiry('6', 1, { content: { type: 'binary', data: 'AQID' } }),
    );
    await until(async () => (await database.client.webhookInboxLane.count()) === 6);
    receiver.release();
    await everything();
    expect(rowsIn(receiver.received[0]!)).toHaveLength(1);
    const texts = receiver.received
      .flatMap(rowsIn)
      .map(({ conv: { objectId }, bin, data }) => [objectId, bin, data]);
    expect(texts.filter(([place]) => place === 'yard-2')).toEqual(
      [1, 2, 3].map((seq) => ['yard-2', false, JSON.stringify({ _lctext: `2.${seq}`, _lctype: -1 })]),
    );
    expect(texts).toContainEqual(['yard-6', true, 'AQID']);
    expect(texts).toHaveLength(5);
    expect(receiver.received.length).toBeLessThanOrEqual(3);
  });

  test('of one service alone, when it is named', async () => {
    await create({ format: rows, conversations: { conversationId: 'yard-2' } });
    await publish(inquiry('1', 1), inquiry('2', 1));
    await everything();
    expect(receiver.received.flatMap(rowsIn).map(({ conv: { objectId } }) => objectId)).toEqual(['yard-2']);
  });
});
