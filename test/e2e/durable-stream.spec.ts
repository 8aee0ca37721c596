import { afterEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventConsumer } from '#platform/durable/event-consumer.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { until, silent, streamWorld, type StreamWorld } from '../harness/durable-world.js';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function world(consumers: string[] = ['reader']): Promise<StreamWorld> {
  const made = await streamWorld(consumers);
  open.push(made.close);
  return made;
}

/** A consumer that collects what it is handed. `handle` may refuse. */
function consume(
  { connection, stream }: StreamWorld,
  handle: (texts: string[]) => Promise<void> = async () => {},
): { consumer: EventConsumer<string>; taken: string[] } {
  const taken: string[] = [];
  const consumer = new EventConsumer(
    connection,
    {
      stream,
      consumer: 'reader',
      read: (payload) => {
        if (payload === 'unreadable') throw new Error('what is this?');
        return payload;
      },
      handle: async (texts) => {
        await handle(texts);
        taken.push(...texts);
      },
    },
    silent,
  );
  open.push(() => consumer.stop());
  consumer.start();
  return { consumer, taken };
}

const publish = ({ client, subject }: StreamWorld, payloads: string[]) =>
  publishBatch(
    client,
    payloads.map((payload) => ({ subject, payload })),
  );
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const unacknowledged = async ({ manager, stream }: StreamWorld): Promise<number> => {
  const consumer = await manager.consumers.info(stream.name, 'reader');
  return consumer.num_ack_pending + consumer.num_pending;
};

async function reconnected({ connection }: StreamWorld): Promise<void> {
  for await (const { type } of connection.status()) if (type === 'reconnect') return;
}

describe('ensuring the stream', () => {
  test('many replicas at once make one, and all learn the same identity', async () => {
    const { manager, connection, stream } = await world(['one', 'two', 'three']);
    const identities = await Promise.all(Array.from({ length: 12 }, () => ensureStream(connection, stream)));
    expect(new Set(identities).size).toBe(1);
    expect(await ensureStream(connection, stream)).toBe(identities[0]);
    const { config } = await manager.streams.info(stream.name);
    expect(config).toMatchObject({ retention: 'interest', storage: 'file', discard: 'new' });
  });

  test('its identity changes with the loss of a consumer and with the loss of the stream', async () => {
    const { manager, connection, stream } = await world(['one', 'two']);
    const first = await ensureStream(connection, stream);
    let second = first;
    // Losses within one second are one loss.
    await until(async () => {
      await manager.consumers.delete(stream.name, 'two');
      second = await ensureStream(connection, stream);
      return second !== first;
    });
    await manager.streams.delete(stream.name);
    const third = await ensureStream(connection, stream);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test("follows new subjects and leaves an operator's settings alone", async () => {
    const { manager, connection, stream } = await world();
    const before = await ensureStream(connection, stream);
    await manager.streams.update(stream.name, { max_bytes: 64 * 1024 * 1024 });
    const after = await ensureStream(connection, { ...stream, subjects: `${stream.name}.other.>` });
    const { config } = await manager.streams.info(stream.name);
    expect(config).toMatchObject({ subjects: [`${stream.name}.other.>`], max_bytes: 64 * 1024 * 1024 });
    expect(after).toBe(before);
  });
});

describe('publishing', () => {
  test('keeps the order', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const results = await publish(here, numbered(300));
    expect(results).toEqual(results.map(() => ({ kind: 'published' })));
    const { taken } = consume(here);
    await until(() => taken.length === 300);
    expect(taken).toEqual(numbered(300));
  });

  test('tells what was not stored, message by message', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const results = await publishBatch(here.client, [
      { subject: here.subject, payload: 'stored' },
      { subject: `nobody.${randomUUID()}`, payload: 'lost' },
      { subject: here.subject, payload: 'stored too' },
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(['published', 'failed', 'published']);
  });
});

describe('consuming', () => {
  test('acknowledges what was taken, so that nothing is left in the stream', async () => {
    const here = await world();
    const { taken } = consume(here);
    await until(async () => (await publish(here, ['first']))[0]?.kind === 'published');
    await publish(here, numbered(1_500));
    await until(() => taken.length >= 1_501);
    await until(async () => (await here.manager.streams.info(here.stream.name)).state.messages === 0);
    expect(taken.slice(-1_500)).toEqual(numbered(1_500));
  });

  test('gets a batch again that could not be taken', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    await publish(here, numbered(20));
    let failures = 0;
    const { taken } = consume(here, async () => {
      if (failures < 2) {
        failures += 1;
        throw new Error('the database is away');
      }
    });
    await until(() => taken.length === 20);
    expect(taken.toSorted((left, right) => Number(left) - Number(right))).toEqual(numbered(20));
    await until(async () => (await unacknowledged(here)) === 0);
  });

  test('takes every line of a message as an entry', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const lines = numbered(1_200);
    await publish(here, [lines.slice(0, 700).join('\n'), lines.slice(700).join('\n')]);
    const { taken } = consume(here);
    await until(() => taken.length === 1_200);
    expect(taken).toEqual(lines);
    await until(async () => (await unacknowledged(here)) === 0);
  });

  test('takes what it can read of a message, which stays unacknowledged because of the rest', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    await publish(here, ['one\nunreadable\ntwo', 'three\nfour']);
    const { taken } = consume(here);
    await until(() => taken.length === 4);
    expect(taken).toEqual(['one', 'two', 'three', 'four']);
    await until(async () => (await unacknowledged(here)) === 1);
  });

  test('goes on past a message that it cannot read, which stays unacknowledged', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    await publish(here, ['before', 'unreadable', 'after']);
    const { taken } = consume(here);
    await until(() => taken.length === 2);
    expect(taken).toEqual(['before', 'after']);
    await until(async () => (await unacknowledged(here)) === 1);
  });

  test('creates a lost stream anew and goes on', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    await publish(here, ['before']);
    const { taken } = consume(here);
    await until(() => taken.length === 1);
    await here.manager.streams.delete(here.stream.name);
    await until(async () => (await publish(here, ['after']))[0]?.kind === 'published');
    await until(() => taken.includes('after'));
  });

  test('creates a lost consumer anew and goes on', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const { taken } = consume(here);
    await publish(here, ['before']);
    await until(() => taken.length === 1);
    await here.manager.consumers.delete(here.stream.name, 'reader');
    await until(async () => {
      await publish(here, ['after']);
      return taken.includes('after');
    });
  });

  test('survives a reconnect', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const { taken } = consume(here);
    await publish(here, ['before']);
    await until(() => taken.length === 1);
    const back = reconnected(here);
    await here.connection.reconnect();
    await back;
    await until(async () => (await publish(here, ['after']))[0]?.kind === 'published');
    await until(() => taken.includes('after'));
  });

  test('one that stops finishes its batch and leaves the rest to others at once', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    let began = false;
    const stopping = consume(here, async () => {
      began = true;
      await released;
    });
    await publish(here, ['first']);
    await until(() => began);
    await publish(here, numbered(50));
    await until(async () => {
      const { num_ack_pending: delivered } = await here.manager.consumers.info(here.stream.name, 'reader');
      return delivered === 51;
    });
    await here.connection.flush();
    const stopped = stopping.consumer.stop();
    release(undefined);
    await stopped;
    expect(stopping.taken).toEqual(['first']);
    const other = consume(here);
    await until(() => other.taken.length === 50);
    expect(other.taken).not.toContain('first');
  });

  test('one that stops while messages are on their way to it leaves these to others, too', async () => {
    const here = await world();
    await ensureStream(here.connection, here.stream);
    // Long enough that they arrive in many pieces.
    const padded = numbered(40).map((number) => number.padStart(60_000, ' '));
    await publish(here, padded);
    const { promise: began, resolve: begin } = Promise.withResolvers<undefined>();
    const stopping = consume(here, async () => {
      begin(undefined);
    });
    await began;
    await stopping.consumer.stop();
    expect(stopping.taken.length).toBeLessThan(40);
    const other = consume(here);
    // One whose acknowledgement was on its way may be taken twice.
    const taken = (): Set<string> => new Set([...stopping.taken, ...other.taken]);
    // At once, but for what the server was just sending when the subscription ended: that waits to be acknowledged.
    await until(() => taken().size === 40);
    expect(taken()).toEqual(new Set(padded));
  });
});
