import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestApplication } from '../harness/application.js';
import type { AppProcess } from '../harness/app-process.js';
import { until } from '../harness/durable-world.js';
import { SteadyClient } from '../harness/steady-client.js';
import { WebhookReceiver } from '../harness/webhook-receiver.js';
import { World } from '../harness/world.js';

interface Place {
  readonly id: string;
  readonly isService: boolean;
}

/** 10,000 messages: so many rounds, in which every client says so much. */
const rounds = 10;
const clientCount = 10;
const perRound = 100;
const atOnce = 10;
/** POSTs under way to the webhook that gets one event in each. */
const concurrency = 8;
/** ms, of a busy machine. What was on its way to a killed process comes again after 30 s. */
const patience = 120_000;

let world: World;
let application: TestApplication;
let replicas: readonly [AppProcess, AppProcess];
let single: WebhookReceiver;
let batched: WebhookReceiver;
let rows: WebhookReceiver;
const acknowledged = new Map<string, string>();
const interrupted: { readonly receiver: WebhookReceiver; readonly calls: WebhookReceiver['calls'] }[] = [];

beforeAll(async () => {
  world = await World.start({ gateways: 2, settings: { HOOKLINE_LIMIT_USER: 'off' } });
  replicas = [world.webhookDelivery, await world.another('webhook-delivery')];
  application = await world.application();
  const format = { size: 20, lingerMs: 20 };
  [single, batched, rows] = await Promise.all([
    WebhookReceiver.register(application, { concurrency }),
    WebhookReceiver.register(application, { format: { kind: 'batch', ...format } }),
    WebhookReceiver.register(application, { format: { kind: 'leancloud', ...format } }),
  ]);
});
afterAll(() => world.close());

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Where a client says something in each round: always in the same place, or each time in a new one. */
async function placesOf({ user }: SteadyClient, index: number): Promise<Place[]> {
  const isService = index < 2;
  const count = index % 2 === 0 && index < 6 ? 1 : rounds;
  const places: Place[] = [];
  while (places.length < count) {
    const { id } = await (isService ? application.service() : application.group([user]));
    places.push({ id, isService });
  }
  return upTo(rounds).map((round) => places[round % count]!);
}

/** Some at once, of which nobody decides which one is first. */
async function talk(client: SteadyClient, place: Place, round: number): Promise<void> {
  const keys = upTo(perRound).map((count) => `${place.id}-${String(round)}.${String(count)}`);
  while (keys.length > 0)
    await Promise.all(
      keys.splice(0, atOnce).map(async (key) => {
        acknowledged.set(key, await client.send(place, key, key));
      }),
    );
}

/** Some of what is said now is stored. */
function underWay(): Promise<void> {
  const before = acknowledged.size;
  return until(() => acknowledged.size >= before + perRound, patience);
}

async function restart(
  ...servers: readonly { kill(): Promise<void>; start(): Promise<void> }[]
): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.start()));
}

/** Of webhooks, when no replica is left that works by them. */
async function endLeases(): Promise<void> {
  await world.database.sql('UPDATE webhook_delivery.endpoint_state SET leased_until = now()');
}

/** Both replicas die while the receiver has read what it was sent, and not answered. */
async function amidPosts(receiver: WebhookReceiver, posts = 1): Promise<void> {
  receiver.hold();
  await until(() => receiver.waiting >= posts, patience);
  interrupted.push({ receiver, calls: receiver.calls.slice(-posts) });
  await Promise.all(replicas.map((replica) => replica.kill()));
  receiver.release();
  await endLeases();
  await Promise.all(replicas.map((replica) => replica.start()));
}

/** Resolves when all of it has ended. @throws what one of them has thrown */
async function together(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}

/** One in each round, as long as there are any. */
const faults: readonly (() => Promise<void>)[] = [
  () => amidPosts(batched),
  async () => {
    await underWay();
    await restart(world.nats);
  },
  () => amidPosts(single, concurrency),
  async () => {
    await underWay();
    await restart(world.nats, replicas[1]);
  },
  () => amidPosts(rows),
  async () => {
    // Whoever is left goes on when the lease has run out.
    await underWay();
    await restart(replicas[0]);
  },
  async () => {
    await underWay();
    await Promise.all(replicas.map((replica) => replica.kill()));
    await underWay();
    await restart(world.nats);
    await endLeases();
    await Promise.all(replicas.map((replica) => replica.start()));
  },
  async () => {
    await underWay();
    await restart(world.nats);
  },
];

test('10,000 messages, while NATS and the replicas of webhook-delivery are killed again and again: all come, in order, with the same ids', async () => {
  const users = await application.users(...upTo(clientCount).map((index) => `user-${String(index)}`));
  const clients = await Promise.all(users.map((user, index) => SteadyClient.connect(user, index % 2)));
  const places = await Promise.all(clients.map(placesOf));
  for (const round of upTo(rounds))
    await together([
      faults[round]?.() ?? Promise.resolve(),
      ...clients.map((client, index) => talk(client, places[index]![round]!, round)),
    ]);
  await world.idle(patience);
  const stored = await Promise.all(
    [...new Set(places.flat())].map(async (place) => ({
      ...place,
      events: await application.history(place),
    })),
  );
  const messages = stored.flatMap(({ events }) => events.filter(({ type }) => type === 'message'));
  expect(messages).toHaveLength(rounds * clientCount * perRound);
  expect(new Set(messages.map(({ id }) => id))).toEqual(new Set(acknowledged.values()));
  const historyOf = (some: typeof stored) => new Map(some.map(({ id, events }) => [id, events]));
  single.expectTold(historyOf(stored));
  batched.expectTold(historyOf(stored));
  rows.expectTold(historyOf(stored.filter(({ isService }) => isService)));
  // Whom they were sent to could not say that they have come.
  for (const { receiver, calls } of interrupted)
    expect(calls.map((call) => receiver.timesTold(call)).filter((times) => times < 2)).toEqual([]);
  expect(interrupted.map(({ calls }) => calls.length)).toEqual([1, concurrency, 1]);
  expect(await world.database.sql('SELECT FROM webhook_delivery.delivery')).toEqual([]);
  for (const client of clients) client.disconnect();
}, 600_000);
