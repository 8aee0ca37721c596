import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { operations } from '#contracts/rest/operations.js';
import { eventStream } from '#contracts/stream.js';
import { natsOptions } from '#platform/bus/nats-connection.js';
import { requestOf, type RestAnswer } from '../harness/rest.js';
import { World } from '../harness/world.js';

interface Group {
  readonly id: string;
}

let world: World;
let application: TestApplication;
let tom: TestUser;
let group: Group;

beforeAll(async () => {
  world = await World.start({ ownPostgres: true });
});
afterAll(() => world.close());

// Whatever failed: what was stopped is there again.
afterEach(async () => {
  await world.postgres!.start();
  await world.nats.start();
  await world.whole();
});

async function cast(): Promise<Client> {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
  return tom.connect();
}

/** By REST and by socket, repeated with the same keys: what was not stored yet is stored then, and nothing twice. */
async function expectSendsWork(keys: readonly string[]): Promise<void> {
  await eventually(async () => {
    for (const idempotencyKey of keys)
      expect((await tom.send(group, idempotencyKey, { idempotencyKey })).status).toBe(201);
  });
  const texts = (await tom.history(group)).flatMap((event) => ('content' in event ? [event.content] : []));
  expect(texts).toEqual(expect.arrayContaining(keys.map((text) => ({ type: 'text', text }))));
  expect(texts).toHaveLength(keys.length);
}

function expectUnavailable({ status, body, headers }: RestAnswer): void {
  expect(body).toMatchObject({ code: 'service_unavailable', retryable: true });
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('1');
}

describe('while PostgreSQL is away', () => {
  test('everything is service_unavailable, the log says so without stacks, and repeating completes it', async () => {
    const client = await cast();
    await world.postgres!.stop();
    for (let count = 0; count < 5; count++) {
      expectUnavailable(await tom.send(group, 'by-rest', { idempotencyKey: 'by-rest' }));
      expect(await client.send(group, 'by-socket', 'by-socket')).toMatchObject({
        ok: false,
        error: {
          code: 'service_unavailable',
          retryable: true,
          detail: expect.stringContaining('idempotency key') as unknown,
        },
      });
      expect(await client.listEvents(group)).toMatchObject({ error: { code: 'service_unavailable' } });
      const parameters = { conversationId: group.id };
      for (const request of [
        requestOf(operations.listEvents, { as: tom, parameters }),
        requestOf(operations.createUser, { as: application, body: { id: 'jerry' } }),
        requestOf(operations.createHook, {
          as: application,
          body: { name: 'messageSent', url: 'http://127.0.0.1:9/' },
        }),
        requestOf(operations.listWebhooks, { as: application }),
      ])
        expectUnavailable(await world.rest(request));
    }
    expect(world.filesWith('A question could not be answered')).toEqual([]);
    expect(world.filesWith('a command failed')).toEqual([]);
    expect(world.filesWith('the database is away')).not.toEqual([]);
    await world.postgres!.start();
    await expectSendsWork(['by-rest', 'by-socket']);
  });
});

describe('while NATS is away', () => {
  test('sends are service_unavailable, by REST and by socket, and repeating completes them', async () => {
    const client = await cast();
    await world.nats.stop();
    await eventually(async () => {
      expectUnavailable(await tom.send(group, 'by-rest', { idempotencyKey: 'by-rest' }));
    });
    const answer = await client.send(group, 'by-socket', 'by-socket');
    expect(answer).toMatchObject({ ok: false, error: { code: 'service_unavailable', retryable: true } });
    await world.nats.start();
    await expectSendsWork(['by-rest', 'by-socket']);
  });

  test('events that a server lost with its stream kept reach their consumer after its return', async () => {
    const client = await cast();
    const webhook = await application.webhook();
    expect(await client.send(group, 'before the loss')).toMatchObject({ ok: true });
    const heard = (): number[] => webhook.bodies.map(({ data }) => data.seq);
    await eventually(() => expect(heard().at(-1)).toBe(2));
    const before = heard();
    await world.webhookDelivery.stop();
    for (const text of ['one', 'two']) expect(await client.send(group, text)).toMatchObject({ ok: true });
    await eventually(async () => {
      expect(
        await world.database.sql('SELECT FROM conversation.outbox_entry WHERE published_at IS NULL'),
      ).toEqual([]);
    });
    await loseMessages();
    await world.nats.stop();
    await world.nats.start();
    await world.webhookDelivery.start();
    await eventually(() => expect(heard()).toEqual([...before, 3, 4]));
  });
});

/** As a nats-server did that was killed: streams and consumers stand as before, and nothing waits for anybody. */
async function loseMessages(): Promise<void> {
  const connection = await connect(natsOptions(world.nats.url, 'outage-test'));
  const manager = await jetstreamManager(connection);
  await manager.streams.purge(eventStream.name);
  await connection.close();
}
