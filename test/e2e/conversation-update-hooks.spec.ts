import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation, ConversationPatch } from '#contracts/conversations.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, refusal, type Group } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

type Updated = Conversation & { readonly modified: unknown };
interface Options {
  readonly idempotencyKey?: string;
  readonly gateway?: number;
}

let world: SharedWorld;
let application: TestApplication;
let ann: TestUser;
let max: TestUser;
let tom: TestUser;
let spike: TestUser;
let group: Group;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

/** Of hooks that do something themselves before they answer. */
const patient = { deadline: limits.hookDeadlineMaximum };

beforeEach(async () => {
  application = await world.application();
  [ann, max, tom, , spike] = await application.users('ann', 'max', 'tom', 'jerry', 'spike');
  group = await groupWithRoles(application);
});

const rejection = { code: 1949, detail: 'The name of the conversation cannot be updated.' };

const update = (
  by: TestUser | TestApplication,
  body: ConversationPatch,
  options?: Options,
): Promise<Updated> => group.ask(by, operations.updateConversation, { body }, options);

const current = (): Promise<Conversation> => group.ask(application, operations.getConversation, {});

describe('conversationUpdate', () => {
  test('seed 002: the name cannot be changed; other things can', async () => {
    const hook = await application.on('conversationUpdate', ({ body }) =>
      body.changes !== undefined && 'name' in body.changes ? { action: 'reject', ...rejection } : {},
    );
    const before = await current();
    await expect(update(ann, { name: 'Cats' })).rejects.toMatchObject({
      problem: { status: 403, code: 'rejected_by_hook', detail: rejection.detail, hook: rejection },
    });
    expect(await current()).toEqual(before);
    const updated = await update(application, { attributes: { topic: 'cats' } });
    expect(updated).toMatchObject({ attributes: { topic: 'cats' }, modified: null });
    await update(ann, { attributes: { mood: 'good' } });
    const asked = { hook: 'conversationUpdate', origin: { address: '127.0.0.1', dialect: 'native' } };
    expect(hook.bodies).toMatchObject([
      {
        ...asked,
        initiatorId: 'ann',
        changes: { name: 'Cats' },
        conversation: { id: group.id, attributes: {} },
      },
      { ...asked, initiatorId: null, changes: { attributes: { topic: 'cats' } } },
      {
        ...asked,
        conversation: { attributes: { topic: 'cats' } },
        changes: { attributes: { mood: 'good' } },
      },
    ]);
    for (const body of hook.bodies) expect(body).not.toHaveProperty('muted');
  });

  test('what hooks make of it, one after the other, is stored, told and answered, also to a repetition', async () => {
    const toms = await tom.connect({ gateway: 1 });
    const first = await application.on(
      'conversationUpdate',
      ({ body }) => ({ changes: { ...body.changes, attributes: { internal: 1 } } }),
      { position: 1 },
    );
    const second = await application.on(
      'conversationUpdate',
      ({ body }) => ({ muted: true, changes: { ...body.changes, name: `${body.changes!.name!}!` } }),
      { position: 2 },
    );
    const idempotencyKey = 'once';
    const answer = await update(max, { name: 'Cats' }, { idempotencyKey });
    const changes = { name: 'Cats!', attributes: { internal: 1 } };
    expect(answer).toMatchObject({
      ...changes,
      modified: { fields: ['name', 'attributes'], hookIds: [first.id, second.id] },
    });
    expect(second.bodies).toMatchObject([{ changes: { name: 'Cats', attributes: { internal: 1 } } }]);
    await eventually(() => {
      const told = toms.heard.find(({ name }) => name === 'conversation.updated');
      expect(told?.payload).toMatchObject({ senderId: 'max', changes });
    });
    expect(await update(max, { name: 'Cats' }, { idempotencyKey, gateway: 1 })).toEqual(answer);
    expect(first.bodies).toHaveLength(1);
    expect((await group.timeline()).at(-1)).toMatchObject({ seq: 2, changes });
  });

  test('hooks that leave nothing of it change nothing, and that is no event', async () => {
    const hook = await application.on('conversationUpdate', () => ({ changes: {} }));
    expect(await update(ann, { name: 'Cats' })).toMatchObject({
      name: null,
      modified: { fields: ['name'], hookIds: [hook.id] },
    });
    expect(await group.timeline()).toHaveLength(1);
  });

  test('is not asked for what may not, or cannot, be changed', async () => {
    const hook = await application.on('conversationUpdate', () => ({}));
    const half = 'x'.repeat(limits.attributesBytes / 2);
    await update(ann, { attributes: { a: half } });
    for (const [attempt, code] of [
      [() => update(spike, { name: 'Cats' }), 'not_a_member'],
      [() => update(tom, { name: 'Cats' }), 'insufficient_role'],
      [() => update(max, { state: 'inactive' }), 'insufficient_role'],
      [() => update(ann, { attributes: { b: half } }), 'invalid_request'],
      [() => group.mute(spike, spike), 'member_not_found'],
      [() => group.mute(ann, tom), 'forbidden'],
    ] as const)
      expect(await refusal(attempt())).toBe(code);
    expect(hook.bodies).toHaveLength(1);
  });

  test('attributes that grow too large by a hook are its failure, by its policy', async () => {
    const half = 'x'.repeat(limits.attributesBytes / 2);
    await update(ann, { attributes: { a: half } });
    const answer = () => ({ changes: { attributes: { b: half } } });
    const hook = await application.on('conversationUpdate', answer, { failurePolicy: 'continue' });
    expect(await update(ann, { name: 'Cats' })).toMatchObject({ name: 'Cats', modified: null });
    await application.deleteHook(hook);
    await application.on('conversationUpdate', answer, { failurePolicy: 'abort' });
    expect(await refusal(update(ann, { name: 'Dogs' }))).toBe('hook_failed');
    expect(await current()).toMatchObject({ name: 'Cats', attributes: { a: half } });
  });

  test('attributes that others add while it thinks do not make it store too many', async () => {
    const half = 'x'.repeat(limits.attributesBytes / 2);
    let isFirst = true;
    await application.on(
      'conversationUpdate',
      async () => {
        if (!isFirst) return {};
        isFirst = false;
        await update(application, { attributes: { a: half } });
        return { changes: { attributes: { b: half } } };
      },
      patient,
    );
    expect(await refusal(update(ann, { name: 'Cats' }))).toBe('hook_failed');
    expect(await current()).toMatchObject({ name: null, attributes: { a: half } });
  });

  test('who is thrown out while it thinks changes nothing any more', async () => {
    await application.on(
      'conversationUpdate',
      async () => {
        await application.remove(group, max);
        return {};
      },
      patient,
    );
    expect(await refusal(update(max, { name: 'Cats' }))).toBe('not_a_member');
    expect(await current()).toMatchObject({ name: null });
  });

  test('a rejection is kept under the idempotency key', async () => {
    const hook = await application.on('conversationUpdate', () => ({ action: 'reject', ...rejection }));
    for (const gateway of [0, 1])
      expect(await refusal(update(ann, { name: 'Cats' }, { idempotencyKey: 'once', gateway }))).toBe(
        'rejected_by_hook',
      );
    expect(hook.bodies).toHaveLength(1);
  });
});

describe('muting', () => {
  const isMuted = async (): Promise<boolean | undefined> => (await group.member(tom, tom)).muted;

  test('asks conversationUpdate, which may refuse it, or turn it round and is said to have', async () => {
    const hook = await application.on('conversationUpdate', () => ({
      muted: false,
      changes: { name: 'Cats' },
    }));
    const turned = { muted: false, modified: { muted: false, hookIds: [hook.id] } };
    for (const gateway of [0, 1])
      expect(await group.mute(tom, tom, true, { idempotencyKey: 'once', gateway })).toEqual(turned);
    expect([await isMuted(), (await current()).name]).toEqual([false, null]);
    hook.behave(() => ({ action: 'allow' }));
    expect(await group.mute(application, tom)).toEqual({ muted: true, modified: null });
    expect(await isMuted()).toBe(true);
    hook.behave(() => ({ action: 'reject', ...rejection }));
    expect(await refusal(group.mute(tom, tom, false))).toBe('rejected_by_hook');
    expect(await isMuted()).toBe(true);
    const asked = { initiatorId: 'tom', conversation: { id: group.id } };
    expect(hook.bodies).toMatchObject([
      { ...asked, muted: true },
      { ...asked, muted: true },
      { ...asked, muted: false },
    ]);
    for (const body of hook.bodies) expect(body).not.toHaveProperty('changes');
  });

  test('what changes nothing is not asked about', async () => {
    const hook = await application.on('conversationUpdate', () => ({ muted: true }));
    expect(await group.mute(tom, tom, false)).toEqual({ muted: false, modified: null });
    expect(hook.bodies).toEqual([]);
  });
});

test('silencing, roles, leaving, blocking whoever is not in, and deleting ask no hook', async () => {
  const names = ['conversationAdd', 'conversationRemove', 'conversationUpdate'] as const;
  const hooks = await Promise.all(
    names.map((name) => application.on(name, () => ({ action: 'reject', ...rejection }))),
  );
  await group.silence(ann, tom);
  await group.liftSilence(ann, tom);
  await group.makeRole(ann, max, 'member');
  await group.transfer(ann, max);
  await group.ask(max, operations.blockInConversation, { body: { userId: 'spike' } });
  await group.leave(tom);
  await max.deleteConversation(group);
  for (const hook of hooks) expect(hook.bodies).toEqual([]);
});
