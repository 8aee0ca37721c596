import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import type { StreamEvent } from '#contracts/stream.js';
import { webhookPayload } from '#contracts/webhooks/payloads.js';
import { createWebhook } from '#contracts/webhooks/registration.js';
import type { Database } from '#platform/database/database.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Sealing } from '#platform/security/sealing.js';
import { Post } from '../../apps/webhook-delivery/src/dispatch/post.port.js';
import { CreateEndpoint } from '../../apps/webhook-delivery/src/manage-endpoints/create-endpoint.js';
import type { EndpointsStore } from '../../apps/webhook-delivery/src/store/endpoints.store.js';
import { RemovalsStore } from '../../apps/webhook-delivery/src/store/removals.store.js';
import { DeliveryEngine, emptyDeliveries, owned } from '../harness/delivery-engine.js';
import { cloneDatabase, until, silent, streamWorld, type StreamWorld } from '../harness/durable-world.js';

interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let database: Database;
let drop: () => Promise<void>;
let receiver: Server;
let address: string;
let world: StreamWorld;
let engine: DeliveryEngine;
let endpoints: EndpointsStore;
let creating: CreateEndpoint;
let received: Received[];
/** What the receiver answers to a path; 204 otherwise. */
let answers: Map<string, number[]>;

const outgoing = new OutgoingHttp(['127.0.0.0/8']);
const sealing = new Sealing(randomBytes(32).toString('base64'));

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase(owned));
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url!;
      const headers = request.headers as Record<string, string>;
      received.push({ path, headers, body: Buffer.concat(chunks).toString('utf8') });
      response.statusCode = answers.get(path)?.shift() ?? 204;
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await outgoing.onApplicationShutdown();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await drop();
});

beforeEach(async () => {
  received = [];
  answers = new Map();
  await emptyDeliveries(database);
  engine = new DeliveryEngine({ database, post: new Post(outgoing, sealing) });
  ({ endpoints } = engine);
  creating = new CreateEndpoint(endpoints, outgoing, sealing, engine.sharedSecret);
  world = await streamWorld(['webhook-delivery']);
  await ensureStream(world.connection, world.stream);
  engine.consume(world);
  engine.start();
});

afterEach(async () => {
  await engine.stop();
  await world.close();
});

type NewWebhook = z.input<typeof createWebhook.question>['webhook'];

const create = (webhook: NewWebhook, { applicationId = 'cartoons', key = null as string | null } = {}) =>
  creating.create(
    createWebhook.question.parse({
      applicationId,
      request: key === null ? null : { namespace: 'master', key },
      webhook,
    }),
  );

function stored(seq: number, changes: Partial<StreamEvent> = {}, event: object = {}): StreamEvent {
  return {
    applicationId: 'cartoons',
    conversationKey: '7',
    conversationKind: 'group',
    audience: { kind: 'everyone' },
    origin: { address: '192.0.2.1', dialect: 'native' },
    event: {
      id: randomUUID(),
      conversationId: 'yard',
      seq,
      timestamp: 1_472_200_796_764,
      type: 'message',
      senderId: 'tom',
      content: { type: 'text', text: `number ${seq} \u0000 😀` },
      ...event,
    },
    ...changes,
  };
}

async function publish(events: StreamEvent[]): Promise<void> {
  const messages = events.map((one) => ({ subject: world.subject, payload: JSON.stringify(one) }));
  const results = await publishBatch(world.client, messages);
  expect(results.every(({ kind }) => kind === 'published')).toBe(true);
}

const seqsAt = (path: string): number[] =>
  received
    .filter((one) => one.path === path)
    .map(({ body }) => webhookPayload.parse(JSON.parse(body)).data.seq);
const count = (state: string): Promise<number> => database.client.webhookDelivery.count({ where: { state } });
/** Everything that was taken over is sent, or given up. */
const allSent = (lastSeq: bigint) =>
  until(async () => {
    const lanes = await database.client.webhookInboxLane.findMany();
    return lanes.some((lane) => lane.lastSeq === lastSeq) && (await count('pending')) === 0;
  });
const attempts = () =>
  database.client.webhookAttempt.findMany({ orderBy: [{ id: 'asc' }, { place: 'asc' }] });

describe('a webhook', () => {
  test('gets every event of its application once, in order, signed, whatever its audience', async () => {
    const { secret } = await create({ url: `${address}/all` });
    const events = [
      stored(1),
      stored(2, { audience: { kind: 'listed', userIds: ['jerry'] } }),
      stored(3, { audience: { kind: 'operators' } }),
      stored(4, {}, { type: 'custom:order', content: undefined, data: { your: 'data' } }),
    ];
    await publish([events[2]!, events[0]!, events[0]!, events[3]!, events[1]!]);
    await publish([stored(1, { applicationId: 'others', conversationKey: '8' })]);
    await allSent(4n);
    expect(seqsAt('/all')).toEqual([1, 2, 3, 4]);
    for (const [index, { headers, body }] of received.entries()) {
      const one = events[index]!;
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        type: one.event.type,
        timestamp: '2016-08-26T08:39:56.764Z',
        applicationId: 'cartoons',
        data: JSON.parse(JSON.stringify(one.event)) as unknown,
      });
      expect(headers).toMatchObject({
        'webhook-id': one.event.id,
        'content-type': 'application/json',
        'user-agent': 'Hookline',
      });
    }
  });

  test('gets the types that it asked for, from its creation on, and nothing while disabled', async () => {
    await create({ url: `${address}/disabled`, enabled: false });
    await publish([stored(1)]);
    await until(async () => (await database.client.webhookInboxLane.count()) === 1);
    await create({ url: `${address}/custom`, eventTypes: ['custom:*'] });
    await create({ url: `${address}/messages`, eventTypes: ['message'] });
    await publish([
      stored(2),
      stored(3, {}, { type: 'custom:order', content: undefined, data: 1 }),
      stored(4),
    ]);
    await allSent(4n);
    expect([seqsAt('/custom'), seqsAt('/messages'), seqsAt('/disabled')]).toEqual([[3], [2, 4], []]);
  });

  test('gets what the conversations say that it asked for', async () => {
    await create({ url: `${address}/one`, conversations: { conversationId: 'yard' } });
    await create({ url: `${address}/rooms`, conversations: { kinds: ['room', 'support'] } });
    await create({ url: `${address}/both`, conversations: { kinds: ['room'], conversationId: 'yard' } });
    await publish([
      stored(1),
      stored(2, { conversationKind: 'room' }),
      stored(1, { conversationKey: '8', conversationKind: 'room' }, { conversationId: 'den' }),
    ]);
    await until(() => received.length === 5);
    expect(['/one', '/rooms', '/both'].map((path) => seqsAt(path).sort())).toEqual([[1, 2], [1, 2], [2]]);
  });

  test('that fails gets the same again before anything newer of that conversation', async () => {
    answers.set('/', [500, 301, 429]);
    await create({ url: `${address}/` });
    await publish([stored(1), stored(2)]);
    await allSent(2n);
    expect(seqsAt('/')).toEqual([1, 1, 1, 1, 2]);
    const [first, ...repeated] = received.slice(0, 4);
    for (const again of repeated) {
      expect(again.body).toBe(first!.body);
      expect(again.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    }
  });

  test('that keeps failing loses that event to the dead letters and goes on with the next', async () => {
    answers.set('/', [500, 500, 500, 500]);
    const { id } = await create({ url: `${address}/` });
    const events = [stored(1), stored(2)];
    await publish(events);
    await allSent(2n);
    const [dead, ...others] = await database.client.webhookDelivery.findMany();
    expect(others).toEqual([]);
    expect(dead).toMatchObject({
      endpointId: id,
      seq: 1n,
      state: 'dead',
      attempts: 4,
      lastError: 'status_500',
    });
    expect(dead!.deadAt).not.toBeNull();
    expect(seqsAt('/')).toEqual([1, 1, 1, 1, 2]);
    await until(async () => (await database.client.webhookDeliveryLane.count()) === 0);
    expect(
      (await attempts()).map(({ eventId, number, status, outcome }) => [eventId, number, status, outcome]),
    ).toEqual([
      ...[1, 2, 3, 4].map((number) => [events[0]!.event.id, number, 500, 'failed']),
      [events[1]!.event.id, 1, 204, 'succeeded'],
    ]);
  });

  test('that says 410 is disabled, gets nothing more, and goes on where it was when it is enabled again', async () => {
    answers.set('/', [410]);
    const { id } = await create({ url: `${address}/` });
    await publish([stored(1), stored(2)]);
    await until(async () => (await endpoints.find(id))?.enabled === false);
    expect(await endpoints.find(id)).toMatchObject({ disabledReason: 'gone', version: 2 });
    await publish([stored(3)]);
    await until(async () => (await database.client.webhookInboxLane.findFirst())?.lastSeq === 3n);
    expect(seqsAt('/')).toEqual([1]);
    expect(await database.client.webhookDelivery.findFirst()).toMatchObject({ seq: 1n, attempts: 0 });
    await database.client.webhookEndpoint.update({ where: { id }, data: { enabled: true } });
    await until(async () => (await count('pending')) === 0);
    expect(seqsAt('/')).toEqual([1, 1, 2]);
  });

  test('that is deleted takes all that it has along', async () => {
    answers.set(
      '/',
      Array.from({ length: 100 }, () => 500),
    );
    const { id } = await create({ url: `${address}/` });
    await publish([stored(1), stored(2), stored(3)]);
    await until(async () => (await database.client.webhookAttempt.count()) > 0);
    expect(await endpoints.delete('others', id)).toBe(false);
    expect(await endpoints.delete('cartoons', id.toUpperCase())).toBe(true);
    expect(await endpoints.delete('cartoons', id)).toBe(false);
    expect(await endpoints.list('cartoons', null)).toEqual([]);
    const requests = new IdempotentRequests(database, owned, silent);
    await new RemovalsStore(database, requests).removeDeleted();
    // What was under way meanwhile has left nothing either.
    await engine.stop();
    const { client } = database;
    for (const table of [
      client.webhookEndpoint,
      client.webhookEndpointState,
      client.webhookDelivery,
    ] as const)
      expect(await (table as typeof client.webhookEndpoint).count()).toBe(0);
    expect(await client.webhookDeliveryLane.count()).toBe(0);
    expect(await client.webhookAttempt.count()).toBe(0);
  });
});

describe('creating a webhook', () => {
  test('shows its secret once and keeps it sealed', async () => {
    const { id, secret } = await create({ url: `${address}/` });
    const row = await endpoints.find(id);
    expect(secret).toMatch(/^whsec_/);
    expect(row!.secretSealed).not.toContain(secret.slice('whsec_'.length));
    expect(sealing.open(row!.secretSealed)).toBe(secret);
  });

  test('under one key makes one, answers the same, and refuses other content', async () => {
    const [first, second] = await Promise.all([
      create({ url: `${address}/` }, { key: 'k' }),
      create({ url: `${address}/` }, { key: 'k' }),
    ]);
    expect(second).toEqual(first);
    await expect(create({ url: `${address}/other` }, { key: 'k' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await database.client.webhookEndpoint.count()).toBe(1);
    const { outcome } = await database.client.webhookRequest.findFirstOrThrow();
    expect(outcome).not.toContain(first.secret.slice('whsec_'.length));
  });

  test('for an address that is not allowed is refused and stores nothing', async () => {
    await expect(create({ url: 'http://10.0.0.1/' }, { key: 'k' })).rejects.toMatchObject({
      code: 'address_not_allowed',
    });
    expect(await database.client.webhookEndpoint.count()).toBe(0);
    expect(await database.client.webhookRequest.count()).toBe(0);
  });

  test('beyond the limit is refused, even when many come at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 24 }, (_, index) => create({ url: `${address}/${index}` })),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      Array.from({ length: 4 }, () => 'too_many_webhooks'),
    );
    expect(await database.client.webhookEndpoint.count()).toBe(20);
  });
});
