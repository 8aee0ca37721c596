import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConversationHookAnswer } from '#contracts/hooks/answers.js';
import type { HookName } from '#contracts/hooks/names.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import { TestUser, type TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, memberEvents, refusal, type Group } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer } from '../harness/signed-server.js';

let world: SharedWorld;
let application: TestApplication;
let ann: TestUser;
let max: TestUser;
let tom: TestUser;
let jerry: TestUser;
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
  [ann, max, tom, jerry, spike] = await application.users('ann', 'max', 'tom', 'jerry', 'spike');
  group = await groupWithRoles(application);
});

const rejection = { code: 7890, detail: 'No' };
const rejects = (): ConversationHookAnswer => ({ action: 'reject', ...rejection });
const rejected = { problem: { status: 403, code: 'rejected_by_hook', hook: rejection, detail: 'No' } };

const present = async (): Promise<string[]> =>
  (await group.members(application)).members.map(({ userId }) => userId);

/** How something ended: `done`, or the code of its error. */
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    () => refusal(attempt),
  );

/** A conversation that everybody may join. */
async function openGroup(): Promise<void> {
  const parameters = { conversationId: group.id };
  await application.call(operations.updateConversation, { parameters, body: { joinRule: 'open' } });
}

/** Hooks of these names that let everything pass, and the names of the asked, in order. */
async function witnesses(...names: HookName[]): Promise<string[]> {
  const asked: string[] = [];
  for (const name of names)
    await application.on(name, () => {
      asked.push(name);
      return {};
    });
  return asked;
}

describe('conversationAdd', () => {
  test('seed 002: Tom may not add anyone; who is not Tom may', async () => {
    const refusing = {
      code: 9890,
      detail: 'This is a private conversation. You cannot add anyone else to it.',
    };
    const hook = await application.on('conversationAdd', ({ body }) =>
      body.initiatorId === 'tom' ? { action: 'reject', ...refusing } : {},
    );
    await group.makeRole(ann, tom, 'manager');
    const before = await group.timeline();
    await expect(group.add(tom, spike)).rejects.toMatchObject({
      problem: { status: 403, code: 'rejected_by_hook', detail: refusing.detail, hook: refusing },
    });
    expect(await group.timeline()).toEqual(before);
    await group.add(ann, spike);
    expect(await present()).toContain('spike');
    const asked = { hook: 'conversationAdd', conversation: { id: group.id, kind: 'group', attributes: {} } };
    expect(hook.bodies).toMatchObject([
      {
        ...asked,
        initiatorId: 'tom',
        members: ['spike'],
        origin: { address: '127.0.0.1', dialect: 'native' },
      },
      { ...asked, initiatorId: 'ann', members: ['spike'] },
    ]);
  });

  test('a server has no initiator, and several are asked about together', async () => {
    const hook = await application.on('conversationAdd', () => ({}));
    const more = await application.users('zoe', 'bob');
    await application.add(group, ...more);
    expect(hook.bodies).toMatchObject([{ initiatorId: null, members: ['zoe', 'bob'] }]);
  });

  test('who joins an open conversation, or accepts an invitation, is its own initiator; inviting asks nobody', async () => {
    const hook = await application.on('conversationAdd', rejects);
    await group.invite(max, spike);
    expect(hook.bodies).toEqual([]);
    await expect(group.join(spike)).rejects.toMatchObject(rejected);
    hook.behave(() => ({}));
    expect(await group.join(spike)).toMatchObject({ state: 'joined', inviterId: 'max' });
    await openGroup();
    const zoe = await application.user('zoe');
    await group.join(zoe);
    expect(hook.bodies).toMatchObject(
      ['spike', 'spike', 'zoe'].map((userId) => ({ initiatorId: userId, members: [userId] })),
    );
  });

  test('is not asked about the members that a conversation begins with', async () => {
    const hook = await application.on('conversationAdd', rejects);
    await application.group([tom, jerry]);
    await tom.create({ members: [{ userId: 'jerry' }] });
    expect(hook.bodies).toEqual([]);
  });

  test('hooks are asked in order, and none after a rejection', async () => {
    const asked: string[] = [];
    const hook = (name: string, answer: ConversationHookAnswer, position: number) =>
      application.on('conversationAdd', () => (asked.push(name), answer), { position });
    await hook('third', {}, 3);
    await hook('second', { action: 'reject', ...rejection }, 2);
    await hook('first', { action: 'allow' }, 1);
    await expect(group.add(ann, spike)).rejects.toMatchObject(rejected);
    expect(asked).toEqual(['first', 'second']);
  });
});

describe('conversationRemove', () => {
  test('seed 002: staff cannot be removed, not even by the owner, nor blocked', async () => {
    const refusing = { code: 1928, detail: 'You cannot remove the staff member jerry' };
    const hook = await application.on('conversationRemove', ({ body }) =>
      body.members.includes('jerry') ? { action: 'reject', ...refusing } : {},
    );
    const staff = { problem: { status: 403, code: 'rejected_by_hook', hook: refusing } };
    await expect(group.remove(ann, jerry)).rejects.toMatchObject(staff);
    const block = (userId: string) => group.ask(ann, operations.blockInConversation, { body: { userId } });
    await expect(block('jerry')).rejects.toMatchObject(staff);
    expect(await present()).toContain('jerry');
    await group.remove(ann, tom);
    await application.remove(group, max);
    expect(await present()).toEqual(['ann', 'jerry']);
    // Whoever is not in is not removed by being blocked.
    await block('spike');
    expect(hook.bodies.map(({ initiatorId, members }) => [initiatorId, members])).toEqual([
      ['ann', ['jerry']],
      ['ann', ['jerry']],
      ['ann', ['tom']],
      [null, ['max']],
    ]);
  });

  test('is not asked when somebody leaves, or an invitation is taken back, or declined', async () => {
    const hook = await application.on('conversationRemove', rejects);
    await group.leave(tom);
    await group.remove(jerry, jerry);
    await group.invite(ann, spike);
    await group.remove(ann, spike);
    await group.invite(ann, spike);
    await group.leave(spike);
    expect(hook.bodies).toEqual([]);
    expect(await present()).toEqual(['ann', 'max']);
    await group.invite(ann, spike);
    await group.join(spike);
    await expect(group.remove(ann, spike)).rejects.toMatchObject(rejected);
  });
});

describe('nobody makes hooks run', () => {
  test('by what it may not do, or what cannot be done', async () => {
    const asked = await witnesses('conversationAdd', 'conversationRemove');
    const other = await world.application();
    const [zoe, foreigner] = [await application.user('zoe'), await other.user('ann')];
    await group.ask(ann, operations.blockInConversation, { body: { userId: 'zoe' } });
    await application.call(operations.blockUser, { parameters: { userId: 'spike', blockedUserId: 'ann' } });
    const attempts = [
      [() => group.add(spike, spike), 'not_a_member'],
      [() => group.add(tom, spike), 'insufficient_role'],
      [() => group.add(max, spike, 'manager'), 'insufficient_role'],
      [() => group.add(foreigner, spike), 'conversation_not_found'],
      [() => group.add(ann, jerry), 'member_exists'],
      [() => group.add(ann, zoe), 'user_blocked'],
      [() => group.add(ann, spike), 'sender_blocked'],
      [() => group.add(ann, new TestUser(application, 'nobody', '')), 'user_not_found'],
      [() => group.join(spike), 'not_a_member'],
      [() => group.join(tom), 'member_exists'],
      [() => group.remove(spike, tom), 'not_a_member'],
      [() => group.remove(tom, jerry), 'insufficient_role'],
      [() => group.remove(max, ann), 'insufficient_role'],
      [() => group.remove(ann, spike), 'member_not_found'],
    ] as const;
    for (const [attempt, code] of attempts) expect(await refusal(attempt())).toBe(code);
    const parameters = { conversationId: group.id };
    await application.call(operations.updateConversation, { parameters, body: { state: 'inactive' } });
    expect(await refusal(group.add(application, spike))).toBe('conversation_inactive');
    const room = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    expect(await refusal(application.add(room, spike))).toBe('wrong_conversation_kind');
    expect(asked).toEqual([]);
  });

  test('of another application', async () => {
    const other = await world.application();
    await other.on('conversationAdd', rejects);
    await group.add(ann, spike);
    expect(await present()).toContain('spike');
  });
});

describe('an idempotency key', () => {
  const idempotencyKey = 'once';

  test('answers a rejection again without asking, also when the hook is gone', async () => {
    const hook = await application.on('conversationAdd', rejects);
    for (const gateway of [0, 1])
      await expect(group.add(ann, spike, 'member', { idempotencyKey, gateway })).rejects.toMatchObject(
        rejected,
      );
    await application.deleteHook(hook);
    await expect(group.add(ann, spike, 'member', { idempotencyKey })).rejects.toMatchObject(rejected);
    expect(hook.bodies).toHaveLength(1);
    expect(await refusal(group.add(ann, tom, 'member', { idempotencyKey }))).toBe('idempotency_key_reused');
    await group.add(ann, spike);
  });

  test('answers what was done again without asking', async () => {
    const hook = await application.on('conversationRemove', () => ({}));
    for (const gateway of [0, 1]) await group.remove(ann, tom, { idempotencyKey, gateway });
    expect(hook.bodies).toHaveLength(1);
    expect(memberEvents(await group.timeline()).map(({ type }) => type)).toEqual([
      'member.joined',
      'member.left',
    ]);
  });

  test('answers nothing about a conversation that was deleted since', async () => {
    await application.on('conversationAdd', () => ({}));
    await group.add(ann, spike, 'member', { idempotencyKey });
    await ann.deleteConversation(group);
    expect(await refusal(group.add(ann, spike, 'member', { idempotencyKey }))).toBe('conversation_not_found');
  });

  test('used many times at once does it once, and all hear the same', async () => {
    let calls = 0;
    await application.on('conversationAdd', () => (calls++ % 2 === 0 ? {} : rejects()));
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        codeOf(group.add(ann, spike, 'member', { idempotencyKey, gateway: index % 2 })),
      ),
    );
    expect(new Set(outcomes).size).toBe(1);
    expect((await present()).includes('spike')).toBe(outcomes[0] === 'done');
  });
});

describe('while the hooks think', () => {
  test('who is thrown out adds nobody any more, and who came by itself is not added twice', async () => {
    const hook = await application.on(
      'conversationAdd',
      async () => {
        await application.remove(group, max);
        return {};
      },
      patient,
    );
    expect(await refusal(group.add(max, spike))).toBe('not_a_member');
    expect(await present()).not.toContain('spike');
    await application.deleteHook(hook);
    await openGroup();
    let isFirst = true;
    await application.on(
      'conversationAdd',
      async () => {
        if (!isFirst) return {};
        isFirst = false;
        await group.join(spike);
        return {};
      },
      patient,
    );
    expect(await refusal(group.add(ann, spike))).toBe('member_exists');
  });

  test('an invitation that is accepted while it is taken back: 503, or one after the other, and no member goes unasked', async () => {
    const hook = await application.on('conversationRemove', () => ({}));
    await group.invite(ann, spike);
    const held = await world.database.hold(
      `SELECT FROM conversation.conversation_head JOIN conversation.conversation ON key = conversation_key
       WHERE application_id = $1 AND id = $2 FOR UPDATE OF conversation_head`,
      application.id,
      group.id,
    );
    const removed = codeOf(group.remove(ann, spike));
    await eventually(async () => expect(await held.waiting()).toBe(1));
    const joined = codeOf(group.join(spike));
    await eventually(async () => expect(await held.waiting()).toBe(2));
    // Who takes it back has found an invitation, of which no hook is asked; the acceptance is next.
    await held.letGo();
    const outcomes = [await removed, await joined];
    expect([
      ['service_unavailable', 'done', true, 0],
      // PostgreSQL gives the lock to whom it likes.
      ['done', 'done', false, 1],
      ['done', 'not_a_member', false, 0],
    ]).toContainEqual([...outcomes, (await present()).includes('spike'), hook.bodies.length]);
  });
});

describe('a hook that fails', () => {
  test.each([
    ['continue', 'done'],
    ['abort', 'hook_failed'],
  ] as const)('by its policy: %s', async (failurePolicy, outcome) => {
    await application.on('conversationAdd', () => new HttpAnswer(500), { failurePolicy });
    await application.on('conversationRemove', () => ({ action: 'drop' }), { failurePolicy });
    const before = await present();
    for (const attempt of [() => group.add(ann, spike), () => group.remove(ann, tom)])
      expect(await codeOf(attempt())).toBe(outcome);
    const after = ['ann', 'max', 'jerry', 'spike'];
    expect((await present()).toSorted()).toEqual((outcome === 'done' ? after : before).toSorted());
  });
});
