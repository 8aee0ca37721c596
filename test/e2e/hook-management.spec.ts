import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { changeHook, hookOf, rotateSecret } from '../harness/managed-hooks.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

let application: TestApplication;
let tom: TestUser;
let group: { id: string };
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
});

const dropped = { body: { dropped: true } };
const passed = { status: 201, body: { modified: null } };

describe('a hook that is changed', () => {
  test('counts from the answer on, at every replica, however often', async () => {
    const hook = await application.hook(() => ({ action: 'drop' }), { enabled: false });
    for (let round = 0; round < 3; round++) {
      expect(await changeHook(application, hook, { enabled: true })).toMatchObject({ enabled: true });
      const sent = await Promise.all(Array.from({ length: 8 }, () => tom.send(group, 'Hello')));
      for (const answer of sent) expect(answer).toMatchObject(dropped);
      await changeHook(application, hook, { enabled: false });
      expect(await tom.send(group, 'Hello')).toMatchObject(passed);
    }
  });

  test('moves: to another place in the order, and to another server', async () => {
    const order: string[] = [];
    const named = (name: string) => () => {
      order.push(name);
      return {};
    };
    const first = await application.hook(named('first'), { position: 1 });
    await application.hook(named('second'), { position: 2 });
    const spare = await world.signedServer(named('spare'));
    await changeHook(application, first, { position: 3 });
    await tom.send(group, 'Hello');
    expect(order).toEqual(['second', 'first']);
    await changeHook(application, first, { url: spare.url });
    spare.registered({ id: first.id, secret: await rotateSecret(application, first) });
    await tom.send(group, 'Hello');
    expect(order).toEqual(['second', 'first', 'second', 'spare']);
  });

  test('changes nothing that was not said, and is read as it is', async () => {
    const hook = await application.hook(() => ({}), { position: 7, deadline: 500, failurePolicy: 'abort' });
    const before = await hookOf(application, hook);
    expect(before).toMatchObject({ position: 7, deadline: 500, failurePolicy: 'abort', enabled: true });
    expect(await changeHook(application, hook, { deadline: 600 })).toEqual({ ...before, deadline: 600 });
    expect(await hookOf(application, hook)).toEqual({ ...before, deadline: 600 });
    expect(JSON.stringify(await hookOf(application, hook))).not.toContain('whsec_');
  });

  test("is nobody else's", async () => {
    const hook = await application.hook(() => ({ action: 'drop' }));
    const other = await world.application();
    const parameters = { hookId: hook.id };
    const problem = { problem: { code: 'hook_not_found' } };
    await expect(other.call(operations.getHook, { parameters })).rejects.toMatchObject(problem);
    await expect(changeHook(other, hook, { enabled: false })).rejects.toMatchObject(problem);
    await expect(rotateSecret(other, hook)).rejects.toMatchObject(problem);
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
  });
});

describe('a secret that is rotated', () => {
  test('signs at once, and the former one as well for as long as was asked for', async () => {
    const hook = await application.hook(() => ({ action: 'drop' }));
    const secret = await rotateSecret(application, hook, 3_600);
    // By the former one ...
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
    hook.trust(secret);
    // ... and by the new one.
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
    expect(hook.forged).toBe(0);
  });

  test('without overlap ends the former one', async () => {
    const hook = await application.hook(() => ({ action: 'drop' }));
    await rotateSecret(application, hook, 3_600);
    const secret = await rotateSecret(application, hook);
    expect(await tom.send(group, 'Hello')).toMatchObject(passed);
    expect(hook.forged).toBe(1);
    hook.trust(secret);
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
  });

  test('is shown again to whoever repeats the request, and stored sealed', async () => {
    const { id: hookId } = await application.hook(() => ({}));
    const rotate = () =>
      application.call<{ secret: string }>(operations.rotateHookSecret, {
        parameters: { hookId },
        body: { overlapSeconds: 60 },
        idempotencyKey: 'once',
      });
    const first = await rotate();
    expect(first.secret).toMatch(/^whsec_/);
    expect(await rotate()).toEqual(first);
    expect(await world.database.tablesWith(first.secret)).toEqual([]);
    expect(world.filesWith(first.secret)).toEqual([]);
  });
});
