import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { broadcast, cursorOf, textsOf } from '../harness/broadcasts.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry', 'news');
  service = await application.service();
});

test('a gateway that was killed: its users have got what it gave long ago, and are given the rest again', async () => {
  const client = await tom.connect({ gateway: 1 });
  const { number } = await broadcast(application, service, 'long ago');
  await broadcast(application, service, 'just now');
  await eventually(() => {
    expect(textsOf(client)).toEqual(['long ago', 'just now']);
  });
  await world.database.sql(
    `UPDATE conversation.broadcast SET created_at = now() - interval '1 hour' WHERE application_id = $1 AND number = 1`,
    application.id,
  );
  await world.database.sql(
    `UPDATE conversation.session SET connected_at = now() - interval '2 hours' WHERE id = $1::text::uuid`,
    client.ready.sessionId,
  );
  await world.gateways[1]!.kill();
  await eventually(async () => {
    expect(await cursorOf(world.database, tom)).toBe(number);
  });
  const again = await tom.connect();
  expect(textsOf(again)).toEqual(['just now']);
  await world.gateways[1]!.start();
});

test('a gateway that stops in order, and one whose users say goodbye: nothing is given again', async () => {
  const [leaving, staying] = [await tom.connect({ gateway: 1 }), await jerry.connect()];
  const { number } = await broadcast(application, service, 'to all');
  for (const client of [leaving, staying])
    await eventually(() => {
      expect(textsOf(client)).toEqual(['to all']);
    });
  leaving.disconnect();
  await world.gateways[1]!.stop();
  expect(await cursorOf(world.database, tom)).toBe(number);
  await world.gateways[1]!.start();
  expect(textsOf(await tom.connect({ gateway: 1 }))).toEqual([]);
});

test('a replica of the conversation app killed in the middle: everybody gets each broadcast, once and in order', async () => {
  const clients = [await tom.connect(), await jerry.connect({ gateway: 1 })];
  const [victim] = world.conversations;
  const texts = Array.from({ length: 40 }, (_unused, index) => String(index));
  let answered = 0;
  let killed: Promise<void> | undefined;
  const sent = await Promise.all(
    texts.map(async (said) => {
      // Whoever got no answer repeats under the same key: sent then or now, but once.
      const { number } = await eventually(
        () => broadcast(application, service, said, { idempotencyKey: said }),
        60_000,
      );
      answered += 1;
      if (answered === 10) killed = victim!.kill();
      return { said, number };
    }),
  );
  await killed;
  const inOrder = sent.sort((one, other) => one.number - other.number);
  expect(inOrder.map(({ number }) => number)).toEqual(texts.map((_said, index) => index + 1));
  for (const client of clients)
    await eventually(() => {
      expect(textsOf(client)).toEqual(inOrder.map(({ said }) => said));
    });
  await victim!.start();
});
