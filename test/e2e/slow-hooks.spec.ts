import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MessageHookAnswer } from '#contracts/hooks/answers.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { changeHook, registerHook, runsOf } from '../harness/managed-hooks.js';
import { World } from '../harness/world.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

/** Far fewer than there is time for, until the hook is given up. */
const messages = 3;

test('a hook that hangs for one conversation delays nobody but its sender there', async () => {
  const application = await world.application();
  const [tom, jerry] = await application.users('tom', 'jerry');
  const slow = await application.group([tom, jerry]);
  const fast = await application.group([tom, jerry]);
  const elsewhere = await world.application();
  const spike = await elsewhere.user('spike');
  const other = await elsewhere.group([spike]);
  const hanging = Promise.withResolvers<MessageHookAnswer>();
  const called = Promise.withResolvers<undefined>();
  await application.hook(
    ({ body }) => {
      if (body.conversation.id !== slow.id) return {};
      called.resolve(undefined);
      return hanging.promise;
    },
    { deadline: 9_000 },
  );
  const [toms, jerrys, spikes] = await Promise.all([tom.connect(), jerry.connect(), spike.connect()]);

  const order: string[] = [];
  const first = toms.send(slow, 'slow').then((answer) => {
    order.push('slow');
    return answer;
  });
  const second = toms.send(slow, 'behind it').then((answer) => {
    order.push('behind it');
    return answer;
  });
  await called.promise;
  // While the hook has not answered: the same sender elsewhere, another sender, another application, and REST.
  for (let count = 0; count < messages; count++) {
    const [{ status }, ...answers] = await Promise.all([
      jerry.send(fast, `REST ${String(count)}`),
      toms.send(fast, `toms ${String(count)}`),
      jerrys.send(fast, `jerrys ${String(count)}`),
      spikes.send(other, `spikes ${String(count)}`),
    ]);
    expect(status).toBe(201);
    for (const answer of answers) stored(answer);
    order.push('fast');
  }
  hanging.resolve({});
  const [one, two] = [stored(await first), stored(await second)];
  expect(order).toEqual([...Array.from({ length: messages }, () => 'fast'), 'slow', 'behind it']);
  expect([one.seq, two.seq]).toEqual([2, 3]);
});

test("a pause of hook-engine is not the hook's: it drops what it would have let pass", async () => {
  const deadline = 300;
  const application = await world.application();
  const tom = await application.user('tom');
  const group = await application.group([tom]);
  await application.hook(
    () => {
      const { pid } = world.hookEngine;
      process.kill(pid, 'SIGSTOP');
      // As long as it takes for the deadline to pass by the clock, and within what could be taken for a busy process.
      return new Promise((resolve) =>
        setTimeout(() => {
          process.kill(pid, 'SIGCONT');
          resolve({ action: 'drop' });
        }, deadline + 150),
      );
    },
    { deadline, failurePolicy: 'continue' },
  );
  const client = await tom.connect();
  expect(await client.send(group, 'Holy crap!')).toEqual({ ok: true, dropped: true });
  expect(await tom.history(group)).toHaveLength(1);
});

test('what fails in a long pause of hook-engine is our failure, and nothing is stored', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const group = await application.group([tom]);
  const hook = await application.hook(
    () => {
      const { pid } = world.hookEngine;
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => {
        // The connection is lost in the pause, and the second attempt as well.
        hook.cutOff();
        process.kill(pid, 'SIGCONT');
      }, 1_000);
      return new Promise<never>(() => undefined);
    },
    { deadline: 9_000, failurePolicy: 'continue' },
  );
  expect(await tom.send(group, 'Holy crap!')).toMatchObject({
    status: 503,
    body: { code: 'hook_engine_unavailable', retryable: true },
  });
  expect(await tom.history(group)).toHaveLength(1);
});

test.each(['127.0.0.1', 'localhost'])(
  'an address that was allowed at registration and is no more is not connected to: %s',
  async (host) => {
    const application = await world.application();
    const tom = await application.user('tom');
    const group = await application.group([tom]);
    const server = await world.signedServer(() => ({ action: 'drop' }));
    const { port } = new URL(server.url);
    const hook = await registerHook(application, 'messageReceived', {
      url: `http://${host}:${port}/`,
      failurePolicy: 'abort',
    });
    server.registered(hook);
    const dropped = { status: 200, body: { dropped: true } };
    expect(await tom.send(group, 'one')).toMatchObject(dropped);
    await world.hookEngine.stop();
    await world.hookEngine.start({ HOOKLINE_OUTGOING_ALLOW: '10.0.0.0/8' });
    try {
      await world.whole();
      expect(await tom.send(group, 'two')).toMatchObject({
        status: 502,
        body: { code: 'hook_failed', detail: 'A hook failed: address_not_allowed' },
      });
      await changeHook(application, hook, { failurePolicy: 'continue' });
      expect(await tom.send(group, 'three')).toMatchObject({ status: 201, body: { modified: null } });
      await eventually(async () =>
        expect((await runsOf(application, hook, { limit: 2 })).runs).toMatchObject(
          [1, 2].map(() => ({ outcome: 'address_not_allowed', failed: true, status: null })),
        ),
      );
      expect(server.received).toHaveLength(1);
    } finally {
      await world.hookEngine.stop();
      await world.hookEngine.start();
      await world.whole();
    }
    expect(await tom.send(group, 'four')).toMatchObject(dropped);
  },
);
