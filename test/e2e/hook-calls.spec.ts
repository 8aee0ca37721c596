import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MessageHookAnswer } from '#contracts/hooks/answers.js';
import { operations } from '#contracts/rest/operations.js';
import { outagesUntilOpen } from '#domain/delivery/outage.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { changeHook, hookOf, rotateSecret } from '../harness/managed-hooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer } from '../harness/signed-server.js';

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

const drop = { action: 'drop' } as const;
const dropped = { body: { dropped: true } };
const passed = { status: 201, body: { modified: null } };
const never = () => new Promise<never>(() => undefined);

describe('a filter', () => {
  test('of kinds leaves the others alone, for hooks that are asked and hooks that are told', async () => {
    const room = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    const asked = await application.hook(() => drop, { kinds: ['room'] });
    const told = await application.afterHook({ kinds: ['group', 'temporary'] });
    expect(await tom.send(group, 'Hello')).toMatchObject(passed);
    expect(asked.received).toEqual([]);
    await eventually(() =>
      expect(told.bodies.map(({ conversation }) => conversation.kind)).toEqual(['group']),
    );
    await changeHook(application, asked, { kinds: [] });
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
    expect(room.id).not.toBe(group.id);
  });

  test('of an attribute asks about conversations that have it', async () => {
    const attributes = { tier: 'gold', level: 3 };
    const gold = await application.group([tom], { attributes });
    const hook = await application.hook(() => drop, { attribute: { name: 'tier', value: 'gold' } });
    expect(await tom.send(group, 'Hello')).toMatchObject(passed);
    expect(await tom.send(gold, 'Hello')).toMatchObject(dropped);
    await changeHook(application, hook, { attribute: { name: 'level', value: '3' } });
    expect(await tom.send(gold, 'Hello')).toMatchObject(passed);
    expect(hook.bodies.map(({ conversation }) => conversation)).toEqual([
      { id: gold.id, kind: 'group', attributes },
    ]);
  });

  test('of an attribute tells about conversations that have it, by what they have at the moment', async () => {
    const attribute = { name: 'tier', value: 'gold' };
    const hook = await application.afterHook({ attribute });
    const all = await application.afterHook();
    const gold = await application.group([tom], { attributes: { tier: 'gold' } });
    const tin = await application.group([tom], { attributes: { tier: 'tin' } });
    for (const one of [tin, gold]) await tom.send(one, 'one');
    await eventually(() => {
      expect(all.received).toHaveLength(2);
      expect(hook.received).toHaveLength(1);
    });
    await application.call(operations.updateConversation, {
      parameters: { conversationId: tin.id },
      body: { attributes: { tier: 'gold' } },
    });
    await tom.send(tin, 'two');
    await eventually(() => expect(hook.received).toHaveLength(2));
    expect(hook.bodies.map(({ conversation }) => conversation.id)).toEqual([gold.id, tin.id]);
    expect(hook.bodies[1]).toMatchObject({ event: { content: { text: 'two' } } });
    await changeHook(application, hook, { attribute: null });
    await tom.send(group, 'three');
    await eventually(() => expect(hook.bodies[2]?.conversation).toEqual({ id: group.id, kind: 'group' }));
  });

  test.each(['conversationStarted', 'conversationAdded', 'conversationRemoved'] as const)(
    'of kind and attribute tells %s about conversations that have both',
    async (name) => {
      const jerry = await application.user('jerry');
      const attributes = { tier: 'gold' };
      const attribute = { name: 'tier', value: 'gold' };
      const hook = await application.on(name, () => ({}), { kinds: ['group'], attribute });
      const all = await application.on(name, () => ({}));
      for (const body of [
        { kind: 'group', attributes: { tier: 'tin' } },
        { kind: 'temporary', attributes },
        { kind: 'group', attributes, id: 'gold' },
      ] as const) {
        const { id } = await application.call<{ id: string }>(operations.createConversation, { body });
        await application.add({ id }, jerry);
        await application.remove({ id }, jerry);
      }
      await eventually(() => expect(all.received).toHaveLength(3));
      await eventually(() => expect(hook.received).toHaveLength(1));
      expect(hook.bodies[0]!.conversation).toEqual({ id: 'gold', kind: 'group', attributes });
    },
  );

  test.each(['clientOnline', 'clientOffline'] as const)(
    'is nothing for %s, which is about no conversation',
    async (name) => {
      const url = 'http://127.0.0.1:9/';
      const filters = { kinds: ['group'], attribute: { name: 'tier', value: 'gold' } } as const;
      const hook = await application.on(name, () => ({}));
      for (const [field, value] of Object.entries(filters)) {
        const refused = {
          status: 400,
          problem: { code: 'invalid_request', errors: [{ pointer: `/${field}` }] },
        };
        const body = { name, url, [field]: value };
        await expect(application.call(operations.createHook, { body })).rejects.toMatchObject(refused);
        await expect(changeHook(application, hook, { [field]: value })).rejects.toMatchObject(refused);
      }
      expect(await hookOf(application, hook)).toMatchObject({ kinds: [], attribute: null });
    },
  );
});

describe('a shadow hook', () => {
  test('is called, and neither changes, delays nor fails anything', async () => {
    const shadow = await application.hook(() => drop, {
      mode: 'shadow',
      position: 1,
      failurePolicy: 'abort',
    });
    const live = await application.hook(({ body }) => ({ content: body.event.content }), { position: 2 });
    expect(await tom.send(group, 'one')).toMatchObject(passed);
    shadow.behave(never);
    expect(await tom.send(group, 'two')).toMatchObject(passed);
    await eventually(() => expect(shadow.received).toHaveLength(2));
    expect(live.received).toHaveLength(2);
    await changeHook(application, shadow, { mode: 'live' });
    shadow.behave(() => drop);
    expect(await tom.send(group, 'three')).toMatchObject(dropped);
  });

  test('that is told is told once, whatever it says', async () => {
    const shadow = await application.afterHook({ mode: 'shadow' });
    shadow.behave(() => new HttpAnswer(500));
    await tom.send(group, 'one');
    await tom.send(group, 'two');
    await eventually(() => expect(shadow.bodies.map(({ event }) => event.seq)).toEqual([2, 3]));
  });
});

test('as many calls at once as a hook wants, and no more', async () => {
  const held: ((answer: MessageHookAnswer) => void)[] = [];
  const hook = await application.hook(() => new Promise<MessageHookAnswer>((resolve) => held.push(resolve)), {
    concurrency: 1,
    deadline: 9_000,
  });
  const groups = await Promise.all([1, 2, 3].map(() => application.group([tom])));
  const sent = groups.map((one) => tom.send(one, 'Hello'));
  for (const count of [1, 2, 3]) {
    await eventually(() => expect(held).toHaveLength(count));
    expect(hook.received).toHaveLength(count);
    held.at(-1)!(drop);
  }
  for (const answer of await Promise.all(sent)) expect(answer).toMatchObject(dropped);
});

describe('a hook whose server is away', () => {
  const away = () => new HttpAnswer(503);

  test('is called no more after repeated failures, fails by its policy, and comes back by itself', async () => {
    const hook = await application.hook(away, { failurePolicy: 'abort' });
    const failed = (failure: string) => ({
      status: 502,
      body: { code: 'hook_failed', detail: `A hook failed: ${failure}` },
    });
    for (let count = 0; count < outagesUntilOpen; count++)
      expect(await tom.send(group, 'Hello')).toMatchObject(failed('status_503'));
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'open' } });
    hook.behave(() => drop);
    await eventually(async () => expect(await tom.send(group, 'Hello')).toMatchObject(dropped));
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'closed', retryAt: null } });
  });

  test('begins anew with another address', async () => {
    const hook = await application.hook(away);
    for (let count = 0; count < outagesUntilOpen; count++) await tom.send(group, 'Hello');
    const { url } = await hookOf(application, hook);
    hook.behave(() => drop);
    await changeHook(application, hook, { url: `${url}?moved` });
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
  });

  test('is not away when it answers nonsense', async () => {
    const hook = await application.hook(() => new HttpAnswer(500));
    for (let count = 0; count <= outagesUntilOpen; count++) await tom.send(group, 'Hello');
    expect(hook.received).toHaveLength(outagesUntilOpen + 1);
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'closed' } });
  });

  test('begins anew with another secret', async () => {
    const hook = await application.hook(away);
    for (let count = 0; count < outagesUntilOpen; count++) await tom.send(group, 'Hello');
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'open' } });
    hook.trust(await rotateSecret(application, hook));
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'closed' } });
    hook.behave(() => drop);
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
  });

  test('is not one that refuses a key: it is called all the same, and counts once the key is right', async () => {
    const hook = await application.hook(() => new HttpAnswer(401));
    for (let count = 0; count <= outagesUntilOpen; count++) await tom.send(group, 'Hello');
    expect(hook.received).toHaveLength(outagesUntilOpen + 1);
    expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'closed' } });
    hook.behave(() => drop);
    expect(await tom.send(group, 'Hello')).toMatchObject(dropped);
  });

  test('and is told afterwards gets everything in order', async () => {
    const hook = await application.afterHook();
    hook.behave(away);
    const other = await Promise.all(Array.from({ length: outagesUntilOpen }, () => application.group([tom])));
    for (const one of other) await tom.send(one, 'Hello');
    await eventually(async () =>
      expect(await hookOf(application, hook)).toMatchObject({ circuit: { state: 'open' } }),
    );
    for (const word of ['one', 'two', 'three']) await tom.send(group, word);
    hook.behave(() => ({}));
    const heard = () =>
      hook.bodies.filter(({ conversation }) => conversation.id === group.id).map(({ event }) => event.seq);
    await eventually(() => expect([...new Set(heard())]).toEqual([2, 3, 4]));
  }, 120_000);
});

test('a hook that hangs for many messages of one application delays no other application', async () => {
  const elsewhere = await world.application();
  const spike = await elsewhere.user('spike');
  const other = await elsewhere.group([spike]);
  await elsewhere.hook(() => ({ content: { type: 'text', text: 'seen' } }));
  const hanging = await application.hook(never, {
    deadline: 9_000,
    concurrency: 256,
    failurePolicy: 'abort',
  });
  const groups: { id: string }[] = [];
  while (groups.length < 70) groups.push(await application.group([tom]));
  let answered = 0;
  const sent = groups.map((one) =>
    tom.send(one, 'Hello').then((answer) => {
      answered += 1;
      return answer;
    }),
  );
  await eventually(() => expect(hanging.received).toHaveLength(groups.length));
  for (let count = 0; count < 5; count++) expect((await spike.send(other, 'Hello')).status).toBe(201);
  expect(answered).toBe(0);
  hanging.behave(() => ({}));
  hanging.cutOff();
  await Promise.all(sent);
});
