import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { registerWebhook } from '../harness/managed-webhooks.js';
import type { SignedServer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';
import { VonageApplication } from './vonage-application.js';

interface Said {
  readonly id: number;
  readonly body: { readonly n: number };
}

/** Events, and how many of them are told of between two crashes, at least. */
const count = 60;
const between = 10;
/** ms, of a busy machine. What was on its way to a killed process comes again after 30 s. */
const patience = 120_000;

let world: World;
let vonage: VonageApplication;

beforeAll(async () => {
  world = await World.start({ settings: { HOOKLINE_LIMIT_USER: 'off' } });
  vonage = await VonageApplication.of(world);
});
afterAll(() => world.close());

async function receiver(): Promise<SignedServer<Said>> {
  const server = await world.signedServer<Said>(() => ({}));
  const format = { kind: 'vonage' as const, types: ['custom:*'] };
  server.registered(await registerWebhook(vonage.application, { url: server.url, format }));
  return server;
}

test('webhook-delivery is killed while it takes over and sends: all events come, in order, each in the same words', async () => {
  await vonage.users('alice');
  const room = await vonage.room('alice');
  const server = await receiver();
  const numbers = Array.from({ length: count }, (_, n) => n);
  const sending = (async () => {
    for (const n of numbers)
      await vonage.ask('POST', `/v1/conversations/${room.id}/events`, {
        as: vonage.token('alice'),
        body: { type: 'custom:count', from: room.members['alice'], body: { n } },
      });
  })();
  for (const crash of [1, 2, 3]) {
    await eventually(() => {
      expect(server.received.length).toBeGreaterThanOrEqual(crash * between);
    }, patience);
    await world.webhookDelivery.kill();
    await world.database.sql('UPDATE webhook_delivery.endpoint_state SET leased_until = now()');
    await world.webhookDelivery.start();
  }
  await sending;
  const byId = () => Map.groupBy(server.received, ({ id }) => id);
  await eventually(() => {
    expect(byId().size).toBe(count);
  }, patience);
  const told = [...byId().values()];
  expect(told.filter((calls) => new Set(calls.map(({ text }) => text)).size > 1)).toEqual([]);
  expect(told.map(([first]) => first!.body.body.n)).toEqual(numbers);
  expect(told.map(([first]) => first!.body.id)).toEqual(numbers.map((n) => n + 2));
  expect(server.forged).toBe(0);
}, 400_000);
