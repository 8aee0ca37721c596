import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { AppProcess } from '../harness/app-process.js';
import { until } from '../harness/durable-world.js';
import { WebhookReceiver } from '../harness/webhook-receiver.js';
import { World } from '../harness/world.js';

interface Place {
  readonly id: string;
}

/** ms. A lease lasts 10 s, and what was on its way to a process that is gone comes again after 30 s. */
const patience = 90_000;

let world: World;
let replicas: AppProcess[];
let application: TestApplication;
let tom: TestUser;

beforeAll(async () => {
  world = await World.start();
  replicas = [world.webhookDelivery, await world.another('webhook-delivery')];
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
});

const groups = (count: number): Promise<Place[]> =>
  Promise.all(Array.from({ length: count }, () => application.group([tom])));

async function say(places: readonly Place[], ...texts: readonly string[]): Promise<void> {
  await Promise.all(
    places.map(async (place) => {
      for (const text of texts) expect((await tom.send(place, text)).status).toBe(201);
    }),
  );
}

/** What a replica has read of webhooks and not begun to send, and its POSTs that are under way. */
async function inHand({ url }: AppProcess): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^hookline_webhook_deliveries_in_hand (\d+)$/m.exec(metrics)?.[1]);
}

/** The replica that has something in hand: nobody else sends anything in this file. */
async function replicaAtWork(): Promise<AppProcess> {
  let found: AppProcess | undefined;
  await until(async () => {
    const counts = await Promise.all(replicas.map(inHand));
    found = replicas.find((_replica, index) => counts[index]! > 0);
    return found !== undefined;
  }, patience);
  return found!;
}

/** How many of this application's deliveries are not recorded as taken. */
async function untaken(): Promise<number> {
  const rows = await world.database.sql(
    `SELECT FROM webhook_delivery.delivery
     JOIN webhook_delivery.webhook_endpoint AS endpoint ON endpoint.id = endpoint_id WHERE application_id = $1`,
    application.id,
  );
  return rows.length;
}

/** Nobody sends anything of the application's webhooks until `letGo`: it waits, and is then read in one go. */
async function keep(): Promise<void> {
  await lease(`holder = gen_random_uuid(), leased_until = now() + interval '1 hour'`);
}

async function letGo(): Promise<void> {
  await lease('holder = NULL, leased_until = NULL');
}

async function lease(settings: string): Promise<void> {
  await world.database.sql(
    `UPDATE webhook_delivery.endpoint_state SET ${settings} FROM webhook_delivery.webhook_endpoint AS endpoint
     WHERE endpoint.id = endpoint_id AND application_id = $1`,
    application.id,
  );
}

async function expectTold(receiver: WebhookReceiver, places: readonly Place[]): Promise<void> {
  const histories = places.map(async (place) => {
    const events = await application.history(place);
    return [place.id, events.filter(({ type }) => type === 'message')] as const;
  });
  receiver.expectTold(new Map(await Promise.all(histories)));
}

test('a replica that is paused loses its webhooks to another one, and sends nothing more of them when it goes on', async () => {
  const receiver = await WebhookReceiver.register(application, { eventTypes: ['message'] });
  const places = await groups(4);
  await keep();
  await say(places, 'one', 'two', 'three');
  await until(async () => (await untaken()) === 12, patience);
  receiver.hold();
  await letGo();
  await until(() => receiver.waiting === places.length, patience);
  const { pid } = await replicaAtWork();
  process.kill(pid, 'SIGSTOP');
  let before: number;
  try {
    receiver.release();
    await say(places, 'four', 'five', 'six');
    await until(async () => {
      await world.settled(application);
      return (await untaken()) === 0;
    }, patience);
    await expectTold(receiver, places);
    // Under way when it was paused: once more.
    expect(receiver.calls).toHaveLength(28);
    before = receiver.calls.length;
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await say(places, 'seven', 'eight');
  await world.idle(patience);
  await expectTold(receiver, places);
  expect(receiver.calls).toHaveLength(before + 8);
}, 300_000);

describe('a replica that is killed after its POST was read and before it was answered', () => {
  test.each<['batch' | 'leancloud', () => Promise<Place>]>([
    ['batch', () => application.group([tom])],
    ['leancloud', () => application.service()],
  ])(
    'has another one send the same %s again, with the same id',
    async (kind, place) => {
      const receiver = await WebhookReceiver.register(application, {
        format: { kind, size: 100, lingerMs: 0 },
        concurrency: 1,
        ...(kind === 'batch' && { eventTypes: ['message'] }),
      });
      const places = await Promise.all(Array.from({ length: 4 }, place));
      await keep();
      await say(places, 'one', 'two', 'three');
      await until(async () => (await untaken()) === 12, patience);
      receiver.hold();
      await letGo();
      await until(() => receiver.waiting === 1, patience);
      const victim = await replicaAtWork();
      await victim.kill();
      const before = receiver.calls.length;
      receiver.release();
      await until(() => receiver.calls.length > before, patience);
      await world.idle(patience);
      await victim.start();
      const [batch, ...again] = receiver.calls;
      expect(again.length).toBeGreaterThan(0);
      for (const { id, text } of again) expect({ id, text }).toEqual({ id: batch!.id, text: batch!.text });
      await expectTold(receiver, places);
      expect(await untaken()).toBe(0);
    },
    300_000,
  );
});
