import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World } from '../harness/world.js';

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
