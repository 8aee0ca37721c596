import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World } from '../harness/world.js';
import { change, register } from '../interop/hook-servers.js';
import { LeanEngine } from '../interop/lean-engine.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

const metricsAt = async (url: string) => {
  const response = await fetch(new URL('/metrics', url));
  return { status: response.status, text: await response.text() };
};

test('calls of hooks are counted and measured at the private port, and at no public one', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const group = await application.group([tom]);
  const hook = await application.hook(() => ({ action: 'drop' }));
  await tom.send(group, 'Hello');
  await tom.send(group, 'Hello');
  const { status, text } = await metricsAt(world.hookEngine.url);
  expect(status).toBe(200);
  const labels = `application="${application.id}",hook="${hook.id}",name="messageReceived"`;
  expect(text).toContain(`hookline_hook_calls_total{${labels},outcome="drop"} 2`);
  expect(text).toContain(`hookline_hook_call_seconds_count{${labels}} 2`);
  expect(text).toContain('process_cpu_seconds_total');
  expect((await metricsAt(world.gateways[0]!.url)).status).toBe(404);
});

test('a hook server that refuses a key is counted, each time', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const group = await application.group([tom]);
  const engine = await LeanEngine.start({ onIMMessageReceived: () => ({ drop: true }) });
  try {
    const server = await register(application, engine, { credentials: { hookKey: 'wrong' } });
    const refusals = (asked: string) =>
      `hookline_hook_server_unauthorized_total{application="${application.id}",server="${server.id}",asked="${asked}"}`;
    const shown = async () => (await metricsAt(world.hookEngine.url)).text;
    await tom.send(group, 'Hello');
    await tom.send(group, 'Hello');
    expect(await shown()).toContain(`${refusals('call')} 2`);
    expect(await shown()).not.toContain(refusals('discovery'));
    await change(application, server, { credentials: { masterKey: 'wrong' } });
    expect(await shown()).toContain(`${refusals('discovery')} `);
  } finally {
    await engine.stop();
  }
});
