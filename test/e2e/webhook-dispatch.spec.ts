import { describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { PostResult } from '../../apps/webhook-delivery/src/dispatch/post.port.js';
import { DeliveriesStore } from '../../apps/webhook-delivery/src/store/deliveries.store.js';
import {
  DeliveryRecordsStore,
  recordOf,
} from '../../apps/webhook-delivery/src/store/delivery-records.store.js';
import {
  answered,
  delivery,
  type DeliveryWorld,
  taken,
  type Receive,
  useDeliveryWorld,
} from '../harness/delivery-engine.js';
import { until } from '../harness/durable-world.js';

let world: DeliveryWorld;
useDeliveryWorld((opened) => {
  world = opened;
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('replicas', () => {
  test('send each delivery once, of each lane one at a time and in order, of each endpoint so many at once', async () => {
    const ids = [await world.endpoint({ concurrency: 5 }), await world.endpoint({ concurrency: 5 })];
    await world.add(
      ids.flatMap((id) => upTo(8).flatMap((seq) => upTo(20).map((lane) => delivery(id, lane, seq)))),
    );
    const open = new Map<string, number>();
    const busy = new Set<string>();
    const order = new Map<string, number[]>();
    let most = 0;
    const receive: Receive = async ({ endpointId, body }) => {
      const [lane, seq] = body.split('/');
      const key = `${endpointId}/${lane}`;
      expect(busy).not.toContain(key);
      busy.add(key);
      const count = (open.get(endpointId) ?? 0) + 1;
      open.set(endpointId, count);
      most = Math.max(most, count);
      for (let turns = 0; turns < 5; turns += 1) await turn();
      order.set(key, [...(order.get(key) ?? []), Number(seq)]);
      busy.delete(key);
      open.set(endpointId, open.get(endpointId)! - 1);
      return taken;
    };
    world.engine(receive);
    world.engine(receive);
    await world.allSent();
    expect(order.size).toBe(40);
    for (const seqs of order.values()) expect(seqs).toEqual(upTo(8));
    expect(most).toBe(5);
    expect(await world.database.client.webhookAttempt.count()).toBe(320);
  });

  test('take an endpoint over from one that is gone, and repeat what that had not recorded', async () => {
    const id = await world.endpoint();
    await world.add(upTo(3).map((seq) => delivery(id, 1, seq)));
    // As a process leaves it that was killed between an answer and its record.
    await world.database.queries.$executeRaw`
      UPDATE webhook_delivery.endpoint_state SET holder = ${uuidv7()}::uuid, leased_until = now() + interval '300 milliseconds'`;
    const bodies: string[] = [];
    world.engine(async ({ body }) => {
      bodies.push(body);
      return taken;
    });
    await world.allSent();
    expect(bodies).toEqual(['1/1', '1/2', '1/3']);
  });

  test("forget what they have read of an endpoint that was somebody else's in between", async () => {
    const id = await world.endpoint();
    await world.add(upTo(3).map((seq) => delivery(id, 1, seq)));
    const { promise: goesOn, resolve: goOn } = Promise.withResolvers<undefined>();
    const mine: string[] = [];
    // As if it had been paused: its lease runs out while its first POST is under way.
    world.engine(
      async ({ body }) => {
        mine.push(body);
        await goesOn;
        return taken;
      },
      { times: { lease: 500, renewal: 60_000, idle: 60_000, pause: 60_000 } },
    );
    await until(() => mine.length === 1);
    const others: string[] = [];
    const other = world.engine(async ({ body }) => {
      others.push(body);
      return taken;
    });
    await until(async () => {
      other.dispatcher.nudge([id]);
      return (await world.pending()) === 0;
    });
    await other.stop();
    expect(others).toEqual(['1/1', '1/2', '1/3']);
    goOn(undefined);
    await world.add([delivery(id, 1, 4)]);
    await world.allSent();
    expect(mine).toEqual(['1/1', '1/4']);
  });

  test('begin nothing of an endpoint that belongs to somebody else', async () => {
    const id = await world.endpoint();
    const other = await world.endpoint();
    await world.database.queries.$executeRaw`
      UPDATE webhook_delivery.endpoint_state SET holder = ${uuidv7()}::uuid, leased_until = now() + interval '1 hour'
      WHERE endpoint_id = ${id}::uuid`;
    await world.add([delivery(id, 1, 1), delivery(other, 2, 1)]);
    const bodies: string[] = [];
    world
      .engine(async ({ body }) => {
        bodies.push(body);
        return taken;
      })
      .dispatcher.nudge([id, other]);
    await until(async () => (await world.pending()) === 1);
    expect(bodies).toEqual(['2/1']);
  });
});

describe('an order', () => {
  /** Whoever answers them, in the order in which they came. */
  function held(): { receive: Receive; open: Map<string, (result: PostResult) => void> } {
    const open = new Map<string, (result: PostResult) => void>();
    return {
      open,
      receive: ({ body }) =>
        new Promise((resolve) => {
          open.set(body, (result) => {
            open.delete(body);
            resolve(result);
          });
        }),
    };
  }

  test('of the conversation lets others go on', async () => {
    const id = await world.endpoint();
    await world.add([delivery(id, 1, 1), delivery(id, 1, 2), delivery(id, 2, 1)]);
    const { receive, open } = held();
    world.engine(receive, { schedule: [60_000] });
    await until(() => open.size === 2);
    expect([...open.keys()].toSorted()).toEqual(['1/1', '2/1']);
    open.get('1/1')!(answered(500));
    open.get('2/1')!(taken);
    await until(async () => (await world.pending()) === 2);
    const [lane] = await world.database.client.webhookDeliveryLane.findMany();
    expect(lane!.dueAt.getTime()).toBeGreaterThan(Date.now() + 50_000);
    expect(open.size).toBe(0);
  });

  test('of the endpoint has one under way, and all wait for it', async () => {
    const id = await world.endpoint({ ordering: 'endpoint', concurrency: 8 });
    await world.add(upTo(5).map((seq) => delivery(id, 0, seq)));
    const order: string[] = [];
    let open = 0;
    let hasFailed = false;
    world.engine(async ({ body }) => {
      open += 1;
      expect(open).toBe(1);
      for (let turns = 0; turns < 5; turns += 1) await turn();
      order.push(body);
      open -= 1;
      if (body !== '0/2' || hasFailed) return taken;
      hasFailed = true;
      return answered(500);
    });
    await world.allSent();
    expect(order).toEqual(['0/1', '0/2', '0/2', '0/3', '0/4', '0/5']);
  });

  test('that does not count lets everything go on but what fails', async () => {
    const id = await world.endpoint({ ordering: 'none', concurrency: 3 });
    await world.add(upTo(6).map((seq) => delivery(id, 0, seq)));
    const { receive, open } = held();
    const one = world.engine(receive, { schedule: [1, 1] });
    await until(() => open.size === 3);
    open.get('0/1')!(answered(500));
    for (const body of ['0/4', '0/1'] as const) {
      await until(() => open.has(body) || open.size === 3);
      if (body === '0/4') open.get('0/2')!(taken);
    }
    // Everybody else is taken while the first one fails, and it comes again.
    const seen = new Set<string>();
    await until(async () => {
      for (const [body, answer] of open) {
        if (body === '0/1' && !seen.has(body) && seen.size < 4) continue;
        seen.add(body);
        answer(taken);
      }
      one.dispatcher.nudge([id]);
      return (await world.pending()) === 0;
    });
    expect(seen).toEqual(new Set(['0/1', '0/3', '0/4', '0/5', '0/6']));
    await world.allSent();
  });
});

describe('a lane', () => {
  test('that gets something while it ends is not forgotten', async () => {
    const id = await world.endpoint();
    const records = new DeliveryRecordsStore(world.database);
    for (const round of upTo(150)) {
      await world.add([delivery(id, 1, 2 * round)]);
      const [lane] = await world.database.client.webhookDeliveryLane.findMany();
      const [known] = await world.database.client.webhookDelivery.findMany();
      const over = [{ lane: '1', version: String(lane!.version) }];
      await Promise.all([
        records.record([recordOf({ id, version: 1 }, { done: [String(known!.id)], over })]),
        world.add([delivery(id, 1, 2 * round + 1)]),
      ]);
      expect(await world.database.client.webhookDeliveryLane.count()).toBe(1);
      await world.database.client.webhookDelivery.deleteMany();
      await world.database.client.webhookDeliveryLane.deleteMany();
    }
  });

  test('that has ended is not ended once more by whoever repeats that, having got no answer', async () => {
    const id = await world.endpoint();
    const records = new DeliveryRecordsStore(world.database);
    const { client } = world.database;
    await world.add([delivery(id, 1, 1)]);
    const [lane] = await client.webhookDeliveryLane.findMany();
    const [known] = await client.webhookDelivery.findMany();
    const over = [{ lane: '1', version: String(lane!.version) }];
    const record = recordOf({ id, version: 1 }, { done: [String(known!.id)], over });
    expect(await records.record([record])).toEqual([{ endpointId: id, lane: '1' }]);
    await world.add([delivery(id, 1, 2)]);
    expect(await records.record([record])).toEqual([]);
    expect(await client.webhookDeliveryLane.count()).toBe(1);
  });

  test('that waits counts a failure once, however often it is recorded', async () => {
    const id = await world.endpoint();
    const records = new DeliveryRecordsStore(world.database);
    const { client } = world.database;
    await world.add([delivery(id, 1, 1)]);
    const { id: deliveryId } = await client.webhookDelivery.findFirstOrThrow();
    const refused = { state: 'pending', lane: '1', batch: null, error: 'status_500', attempts: 1 } as const;
    const record = recordOf(
      { id, version: 1 },
      { failed: [{ ...refused, id: String(deliveryId) }], later: [{ lane: '1', delay: 60_000 }] },
    );
    await records.record([record]);
    await records.record([record]);
    expect(await client.webhookDelivery.findFirst()).toMatchObject({ attempts: 1, lastError: 'status_500' });
  });

  test('of which there is nothing is removed', async () => {
    const id = await world.endpoint();
    await world.database.client.webhookDeliveryLane.create({ data: { endpointId: id, lane: 5n } });
    world.engine(async () => taken);
    await world.allSent();
  });

  test('that is long is read bit by bit, whatever comes meanwhile', async () => {
    const id = await world.endpoint();
    await world.add(upTo(70).map((seq) => delivery(id, 1, seq)));
    const seqs: number[] = [];
    const one = world.engine(async ({ body }) => {
      seqs.push(Number(body.split('/')[1]));
      if (seqs.length === 30) {
        await world.add(upTo(10).map((seq) => delivery(id, 1, 70 + seq)));
        one.dispatcher.nudge([id]);
      }
      return taken;
    });
    await world.allSent();
    expect(seqs).toEqual(upTo(80));
  });
});

test('a reading brings no more than memory has room for, however much there is', async () => {
  const id = await world.endpoint();
  await world.add(upTo(30).flatMap((lane) => upTo(60).map((seq) => delivery(id, lane, seq))));
  const deliveries = new DeliveriesStore(world.database);
  const begun = await deliveries.read(id, { inHand: [], more: [], mostLanes: 256, together: 100 });
  const countOf = ({ lanes }: typeof begun): number => lanes.flatMap((lane) => lane.deliveries).length;
  expect(countOf(begun)).toBe(256);
  expect(begun.isFull).toBe(true);
  const more = upTo(30).map((lane) => ({ lane: String(lane), after: '0' }));
  const inHand = more.map(({ lane }) => lane);
  const continued = await deliveries.read(id, { inHand, more, mostLanes: 256, together: 100 });
  expect(continued.lanes.map(({ lane }) => lane)).toEqual(['1', '2']);
  expect(countOf(continued)).toBe(120);
});

test('what an owner changes holds for what is sent next', async () => {
  const id = await world.endpoint({ concurrency: 1 });
  await world.add(upTo(40).map((lane) => delivery(id, lane, 1)));
  let open = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const one = world.engine(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise<void>((resolve) => waiting.push(resolve));
    open -= 1;
    return taken;
  });
  await until(() => open === 1);
  await world.database.client.webhookEndpoint.update({
    where: { id },
    data: { concurrency: 6, version: { increment: 1 } },
  });
  one.dispatcher.nudge([id]);
  await until(async () => {
    if (open < 6) waiting.shift()?.();
    return most === 6;
  });
  const emptying = setInterval(() => {
    for (const go of waiting.splice(0)) go();
  }, 5);
  await world.allSent();
  clearInterval(emptying);
  expect(most).toBe(6);
});
