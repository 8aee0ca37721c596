import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import type { StreamEvent } from '#contracts/stream.js';
import { createWebhook, webhookPayload } from '#contracts/webhooks.js';
import type { NatsConnection } from '#platform/bus/nats-connection.js';
import type { Database } from '#platform/database/database.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Sealing } from '#platform/security/sealing.js';
import { Deliver } from '../../apps/webhook-delivery/src/deliver/deliver.js';
import { Enqueue, readEntry } from '../../apps/webhook-delivery/src/enqueue/enqueue.js';
import { CreateEndpoint } from '../../apps/webhook-delivery/src/manage-endpoints/create-endpoint.js';
import { EndpointsStore } from '../../apps/webhook-delivery/src/store/endpoints.store.js';
import {
  cloneDatabase,
  until,
  schema,
  silent,
  streamWorld,
  type StreamWorld,
} from '../harness/durable-world.js';

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
let pipeline: EventPipeline;
let endpoints: EndpointsStore;
let creating: CreateEndpoint;
let received: Received[];
/** What the receiver answers to a path; 204 otherwise. */
let answers: Map<string, number[]>;

const outgoing = new OutgoingHttp(['127.0.0.0/8']);
const sealing = new Sealing(randomBytes(32).toString('base64'));

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase());
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
  await database.client.webhookEndpoint.deleteMany();
  await database.client.webhookJob.deleteMany();
  await database.client.webhookRequest.deleteMany();
  await database.client.webhookInboxLane.deleteMany();
  endpoints = new EndpointsStore(database, new IdempotentRequests(database, schema, silent));
  creating = new CreateEndpoint(endpoints, outgoing, sealing);
  const enqueue = new Enqueue(endpoints);
  const deliver = new Deliver(endpoints, outgoing, sealing, silent);
  world = await streamWorld(['webhook-delivery']);
  await ensureStream(world.connection, world.stream);
  pipeline = new EventPipeline(
    { nats: { connection: world.connection } as unknown as NatsConnection, database, log: silent },
    {
      schema,
      stream: world.stream,
      consumer: 'webhook-delivery',
      read: readEntry,
      expand: (entries) => enqueue.expand(entries),
      recover: async () => [],
      run: (job) => deliver.run(job),
      nextAttempt: (attempts) => (attempts < 4 ? 0 : null),
    },
  );
  pipeline.onApplicationBootstrap();
});

afterEach(async () => {
  await pipeline.beforeApplicationShutdown();
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
const jobs = (state: string): Promise<number> => database.client.webhookJob.count({ where: { state } });

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
    await until(async () => (await jobs('done')) === 4);
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
    await until(async () => (await jobs('done')) === 3);
    expect([seqsAt('/custom'), seqsAt('/messages'), seqsAt('/disabled')]).toEqual([[3], [2, 4], []]);
  });

  test('that fails gets the same again before anything newer of that conversation', async () => {
    answers.set('/', [500, 301, 429]);
    await create({ url: `${address}/` });
    await publish([stored(1), stored(2)]);
    await until(async () => (await jobs('done')) === 2);
    expect(seqsAt('/')).toEqual([1, 1, 1, 1, 2]);
    const [first, ...repeated] = received.slice(0, 4);
    for (const again of repeated) {
      expect(again.body).toBe(first!.body);
      expect(again.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    }
  });

  test('that keeps failing loses that event to the dead letters and goes on with the next', async () => {
    answers.set('/', [500, 500, 500, 500]);
    await create({ url: `${address}/` });
    await publish([stored(1), stored(2)]);
    await until(async () => (await jobs('done')) === 1);
    const dead = await database.client.webhookJob.findFirstOrThrow({ where: { state: 'dead' } });
    expect(dead).toMatchObject({ seq: 1n, attempts: 4, lastError: 'status_500' });
    expect(seqsAt('/')).toEqual([1, 1, 1, 1, 2]);
  });

  test('that says 410 is disabled and gets nothing more', async () => {
    answers.set('/', [410]);
    const { id } = await create({ url: `${address}/` });
    await publish([stored(1), stored(2)]);
    await until(async () => (await jobs('dead')) === 2);
    await publish([stored(3)]);
    await until(async () => (await database.client.webhookInboxLane.findFirst())?.lastSeq === 3n);
    expect(await endpoints.find(id)).toMatchObject({ enabled: false });
    expect(seqsAt('/')).toEqual([1]);
  });

  test('that is deleted takes its pending deliveries along', async () => {
    answers.set(
      '/',
      Array.from({ length: 100 }, () => 500),
    );
    const { id } = await create({ url: `${address}/` });
    await publish([stored(1), stored(2), stored(3)]);
    await until(() => received.length > 0);
    expect(await endpoints.delete('others', id)).toBe(false);
    expect(await endpoints.delete('cartoons', id.toUpperCase())).toBe(true);
    expect(await endpoints.delete('cartoons', id)).toBe(false);
    await until(async () => (await jobs('pending')) === 0);
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
