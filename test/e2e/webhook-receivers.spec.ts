import { describe, expect, test } from '@jest/globals';
import { webhookPayloads } from '#contracts/webhooks/payloads.js';
import {
  answered,
  delivery,
  type DeliveryWorld,
  taken,
  useDeliveryWorld,
} from '../harness/delivery-engine.js';
import { until } from '../harness/durable-world.js';

let world: DeliveryWorld;
useDeliveryWorld((opened) => {
  world = opened;
});

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('a receiver', () => {
  test('that asks for less is left alone by all lanes, and its deliveries are not lost', async () => {
    const id = await world.endpoint();
    await world.add(upTo(4).map((lane) => delivery(id, lane, 1)));
    const at: number[] = [];
    let refused = 0;
    world.engine(async () => {
      at.push(performance.now());
      if (refused === 4) return taken;
      refused += 1;
      return answered(429, '2');
    });
    await until(() => refused === 4);
    const { pausedUntil, pauseReason, throttles } =
      (await world.database.client.webhookEndpointState.findFirst())!;
    await world.allSent();
    // Four that were told together are one step.
    expect(throttles).toBeLessThanOrEqual(1);
    expect(pauseReason ?? 'throttled').toBe('throttled');
    expect(pausedUntil === null || pausedUntil.getTime() > Date.now() - 60_000).toBe(true);
    expect(at[4]! - at[3]!).toBeGreaterThan(1_900);
  });

  test('that is away opens the circuit, and is tried by one at a time', async () => {
    const id = await world.endpoint({ concurrency: 20 });
    await world.add(upTo(40).map((lane) => delivery(id, lane, 1)));
    let calls = 0;
    world.engine(
      async () => {
        calls += 1;
        return {
          kind: 'failed',
          failure: 'refused',
          detail: 'ECONNREFUSED',
          startedAt: Date.now(),
          duration: 1,
        };
      },
      { schedule: [60_000] },
    );
    const state = () => world.database.client.webhookEndpointState.findFirstOrThrow();
    await until(async () => (await state()).pauseReason === 'circuit');
    expect(await state()).toMatchObject({ openings: 1 });
    // Nine were not enough, and so many more had begun when the tenth was known.
    expect(calls).toBeLessThanOrEqual(29);
  });

  test('that hangs keeps nobody else waiting', async () => {
    const [hanging, other] = [await world.endpoint({ concurrency: 64 }), await world.endpoint()];
    await world.add(upTo(300).map((lane) => delivery(hanging, lane, 1)));
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    let hung = 0;
    const one = world.engine(async ({ endpointId }) => {
      if (endpointId === other) return taken;
      hung += 1;
      await released;
      return taken;
    });
    await until(() => hung === 64);
    await world.add(upTo(20).map((seq) => delivery(other, 1_000, seq)));
    one.dispatcher.nudge([other]);
    await until(async () => (await world.pending()) === 300);
    release(undefined);
    await world.allSent();
  });

  test('gets no more per second than its owner says', async () => {
    const id = await world.endpoint({ rateLimit: 20, ordering: 'none', concurrency: 64 });
    await world.add(upTo(30).map((seq) => delivery(id, 0, seq)));
    const at: number[] = [];
    world.engine(async () => {
      at.push(performance.now());
      return taken;
    });
    await world.allSent();
    // What may come at once is a tenth of a second's.
    for (const first of upTo(at.length - 22)) expect(at[first + 21]! - at[first - 1]!).toBeGreaterThan(950);
  });

  test('that has taken nothing for three days is disabled, and what waits is kept', async () => {
    const id = await world.endpoint();
    await world.database.queries.$executeRaw`
      UPDATE webhook_delivery.endpoint_state SET failing_since = now() - interval '73 hours'`;
    await world.add([delivery(id, 1, 1), delivery(id, 2, 1)]);
    world.engine(async () => answered(500), { schedule: [60_000] });
    await until(
      async () => (await world.database.client.webhookEndpoint.findFirst())?.disabledReason === 'failing',
    );
    expect(await world.pending()).toBe(2);
  });

  test.each([
    ['is gone', answered(410)],
    ['asks for less', answered(429, '3600')],
  ])('that %s says nothing of the one that has taken its place meanwhile', async (_title, answer) => {
    const id = await world.endpoint();
    await world.add([delivery(id, 1, 1)]);
    const { client } = world.database;
    let calls = 0;
    world.engine(async () => {
      calls += 1;
      if (calls > 1) return taken;
      // As a PATCH does.
      await client.webhookEndpoint.update({ where: { id }, data: { version: { increment: 1 } } });
      return answer;
    });
    await world.allSent();
    expect(calls).toBe(2);
    expect(await client.webhookEndpoint.findFirst()).toMatchObject({ enabled: true });
    expect(await client.webhookEndpointState.findFirst()).toMatchObject({ pausedUntil: null, throttles: 0 });
  });

  test('that was disabled is told of to others who ask for it, once', async () => {
    const gone = await world.endpoint();
    const others = [
      await world.endpoint({ eventTypes: ['webhook.*'], conversationId: 'elsewhere' }),
      await world.endpoint(),
    ];
    await world.endpoint({ eventTypes: ['message'] });
    await world.endpoint({ applicationId: 'others' });
    await world.add(upTo(5).map((lane) => delivery(gone, lane, 1)));
    const told: { readonly to: string; readonly body: unknown }[] = [];
    const receive = async ({ endpointId, body }: { endpointId: string; body: string }) => {
      if (endpointId === gone) return answered(410);
      told.push({ to: endpointId, body: JSON.parse(body) });
      return taken;
    };
    world.engine(receive);
    await until(() => told.length === 2);
    await until(async () => (await world.pending()) === 5);
    expect(told.map(({ to }) => to).toSorted()).toEqual(others.toSorted());
    for (const { body } of told)
      expect(webhookPayloads.WebhookDisabled.parse(body)).toMatchObject({
        applicationId: 'cartoons',
        data: { webhookId: gone, reason: 'gone', failingSince: null },
      });
    expect(await world.database.client.webhookAttempt.count({ where: { outcome: 'succeeded' } })).toBe(2);
  });
});
