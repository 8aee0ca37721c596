import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { register } from './hook-servers.js';
import { LeanEngine } from './lean-engine.js';

let world: SharedWorld;
let application: TestApplication;
let engine: LeanEngine;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
  engine = await LeanEngine.start({ onIMClientOnline: () => undefined, onIMClientOffline: () => undefined });
  await register(application, engine);
});
afterAll(async () => {
  await engine.stop();
  await world.close();
});

const address = { sourceIP: '127.0.0.1' };

test('_clientOnline and _clientOffline: who came, and how who went', async () => {
  const tom = await application.user('Tom');
  const client = await tom.connect({ tag: 'phone' });
  expect(await engine.parameters('_clientOnline')).toEqual([
    { peerId: 'Tom', ...address, tag: 'phone', reconnect: 0 },
  ]);
  // Another device with the same tag takes its place.
  const successor = await tom.connect({ tag: 'phone' });
  expect(client.ready.sessionId).not.toBe(successor.ready.sessionId);
  expect((await engine.parameters('_clientOffline'))[0]).toMatchObject({
    ...{ peerId: 'Tom', closeCode: 3, closeMsg: expect.any(String), tag: 'phone' },
  });
  await application.call(operations.endSessions, { query: { userId: 'Tom' } });
  expect((await engine.parameters('_clientOffline', 2))[1]).toMatchObject({ peerId: 'Tom', closeCode: 4 });

  const jerry = await application.user('Jerry');
  (await jerry.connect()).disconnect();
  const [, , lost] = await engine.parameters('_clientOffline', 3);
  expect(lost).toMatchObject({ peerId: 'Jerry', tag: 'default' });
  expect([1, 2]).toContain(lost?.['closeCode']);
  expect((await engine.parameters('_clientOnline', 3)).map(({ peerId }) => peerId)).toEqual([
    'Tom',
    'Tom',
    'Jerry',
  ]);
});
