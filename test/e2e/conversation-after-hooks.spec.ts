import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

type Told = 'conversationStarted' | 'conversationAdded' | 'conversationRemoved';

let world: SharedWorld;
let application: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
});

/** What a hook of this name has been told, in the order of the calls. */
const told = async (name: Told) => {
  const hook = await application.on(name, () => ({}));
  return {
    /** Who did it, and whom it concerned, once it has been told so often. */
    story: (times: number) =>
      eventually(() => {
        expect(hook.bodies).toHaveLength(times);
        return hook.bodies.map((body) => [
          body.initiatorId,
          ...('members' in body ? body.members : [body.conversation.id]),
        ]);
      }),
    hook,
  };
};
const cast = () => application.users('ann', 'max', 'tom', 'jerry', 'spike');
describe('conversationStarted', () => {
  test('tells of every new conversation, once, and of its first members nothing more', async () => {
    const [tom, jerry] = await application.users('tom', 'jerry');
    const started = await told('conversationStarted');
    const added = await told('conversationAdded');
    const body = { id: 'kitchen', uniqueKey: 'kitchen', attributes: { topic: 'mice' } };
    await tom.create({ ...body, members: [{ userId: 'jerry' }] });
    await jerry.create(body);
    for (const idempotencyKey of ['once', 'once'])
      await application.call(operations.createConversation, {
        body: { id: 'lobby', kind: 'room' },
        idempotencyKey,
      });
    await application.call(operations.createConversation, { body: { id: 'last', kind: 'temporary' } });
    expect(await started.story(3)).toEqual([
      ['tom', 'kitchen'],
      [null, 'lobby'],
      [null, 'last'],
    ]);
    const [call] = started.hook.received;
    expect(call!.body).toEqual({
      id: call!.id,
      applicationId: application.id,
      timestamp: expect.any(Number),
      hook: 'conversationStarted',
      conversation: { id: 'kitchen', kind: 'group', attributes: { topic: 'mice' } },
      initiatorId: 'tom',
    });
    // In order: what had been told of its first members would stand before this.
    await application.add({ id: 'kitchen' }, await application.user('spike'));
    expect(await added.story(1)).toEqual([[null, 'spike']]);
  });
});

describe('conversationAdded and conversationRemoved', () => {
  test('tell who comes and who goes, by whom, in order; and of no invitation', async () => {
    const [ann, max, tom, jerry, spike] = await cast();
    const group = await groupWithRoles(application, { id: 'kitchen' });
    const [added, removed] = [await told('conversationAdded'), await told('conversationRemoved')];
    await group.remove(max, tom);
    expect(await refusal(group.remove(tom, jerry))).toBe('not_a_member');
    await group.leave(jerry);
    await group.add(ann, tom);
    await group.invite(max, jerry);
    await group.leave(jerry);
    await group.invite(max, spike);
    await group.join(spike);
    for (const idempotencyKey of ['twice', 'twice']) await group.remove(ann, spike, { idempotencyKey });
    await group.add(application, jerry);
    await application.call(operations.blockInConversation, {
      parameters: { conversationId: 'kitchen' },
      body: { userId: 'tom' },
    });
    expect(await added.story(3)).toEqual([
      ['ann', 'tom'],
      ['spike', 'spike'],
      [null, 'jerry'],
    ]);
    expect(await removed.story(4)).toEqual([
      ['max', 'tom'],
      ['jerry', 'jerry'],
      ['ann', 'spike'],
      [null, 'tom'],
    ]);
    expect(removed.hook.received.map(({ id }) => id)).toEqual(removed.hook.bodies.map(({ id }) => id));
    expect(new Set([...added.hook.bodies, ...removed.hook.bodies].map(({ id }) => id)).size).toBe(7);
    expect(removed.hook.bodies[1]).toEqual({
      id: expect.any(String),
      applicationId: application.id,
      timestamp: expect.any(Number),
      hook: 'conversationRemoved',
      conversation: { id: 'kitchen', kind: 'group', attributes: {} },
      initiatorId: 'jerry',
      members: ['jerry'],
    });
  });

  test('tell of several at once by one call, and of a user who is deleted', async () => {
    const [tom] = await application.users('tom', 'jerry', 'spike');
    const group = await application.group([tom]);
    const [added, removed] = [await told('conversationAdded'), await told('conversationRemoved')];
    await application.add(group, await application.known('jerry'), await application.known('spike'));
    await application.call(operations.deleteUser, { parameters: { userId: 'spike' } });
    expect(await added.story(1)).toEqual([[null, 'jerry', 'spike']]);
    const [[by, who]] = (await removed.story(1)) as [[null, string]];
    expect(by).toBe(null);
    expect(who).toMatch(/^(spike$|deleted-)/);
  });

  test('tell of rooms: of the first session of a user that enters, and of the last one that leaves', async () => {
    const [tom, jerry] = await application.users('tom', 'jerry');
    const room = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    const [added, removed] = [await told('conversationAdded'), await told('conversationRemoved')];
    const go = (client: Client, command: 'room.enter' | 'room.leave') =>
      client.call(command, { conversationId: room.id });
    const [first, second, other] = [
      await tom.connect(),
      await tom.connect({ gateway: 1 }),
      await jerry.connect(),
    ];
    for (const client of [first, first, second, other]) await go(client, 'room.enter');
    for (const client of [first, first, second]) await go(client, 'room.leave');
    await application.call(operations.blockInConversation, {
      parameters: { conversationId: room.id },
      body: { userId: 'jerry' },
    });
    await go(first, 'room.enter');
    expect(await added.story(3)).toEqual([
      ['tom', 'tom'],
      ['jerry', 'jerry'],
      ['tom', 'tom'],
    ]);
    expect(await removed.story(2)).toEqual([
      ['tom', 'tom'],
      [null, 'jerry'],
    ]);
    // A session that ends leaves its rooms without a word: clientOffline tells of it.
    for (const client of [first, second]) client.disconnect();
    await world.offline(tom);
    await go(await tom.connect(), 'room.enter');
    expect((await added.story(4)).at(-1)).toEqual(['tom', 'tom']);
    expect(removed.hook.bodies).toHaveLength(2);
  });

  test('tell every hook of the name, each with its own id; a disabled one and another application nothing', async () => {
    const [tom, jerry] = await application.users('tom', 'jerry');
    const group = await application.group([tom]);
    const other = await world.application();
    const foreign = await other.on('conversationAdded', () => ({}));
    const disabled = await application.on('conversationAdded', () => ({}), { enabled: false });
    const hooks = [await told('conversationAdded'), await told('conversationAdded')];
    await application.add(group, jerry);
    for (const { story } of hooks) expect(await story(1)).toEqual([[null, 'jerry']]);
    expect(hooks[0]!.hook.bodies[0]!.id).not.toBe(hooks[1]!.hook.bodies[0]!.id);
    const theirs = await other.group([await other.user('tom')]);
    await other.add(theirs, await other.user('jerry'));
    await eventually(() => {
      expect(foreign.bodies).toMatchObject([{ applicationId: other.id }]);
    });
    expect(hooks.map(({ hook }) => hook.bodies.length)).toEqual([1, 1]);
    expect(disabled.bodies).toEqual([]);
  });
});
