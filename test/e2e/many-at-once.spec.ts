import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { addMembers, listMembersOf, listSubscriptions, removeMembers } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import { ensureUsers } from '#contracts/users.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, memberEvents, refusal, type Group } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

/*
 * What other protocols ask about several users or conversations at once.
 */

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let spike: TestUser;
let group: Group;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
  [tom, spike] = await application.users('tom', 'spike', 'ann', 'max', 'jerry');
  group = await groupWithRoles(application);
});

const byServer = (request: { namespace: string; key: string } | null = null) => ({
  applicationId: application.id,
  actor: { kind: 'master' } as const,
  origin: { address: null, dialect: 'native' },
  request,
});
const refused = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'nothing',
    (error: unknown) => (error as { code: unknown }).code,
  );

describe('users whom a protocol registers nowhere', () => {
  const ensure = (userIds: string[]): Promise<unknown> =>
    world.ask(ensureUsers, { applicationId: application.id, userIds });
  const known = async (): Promise<string[]> => {
    const { users } = await application.call<{ users: { id: string }[] }>(operations.listUsers);
    return users.map(({ id }) => id);
  };

  test('are made once, whoever asks at once, beside those who are there', async () => {
    const [there] = [await known()];
    await Promise.all(
      [
        ['zoe', 'yan', 'tom', 'zoe'],
        ['yan', 'zoe'],
        ['spike', 'yan'],
      ].map(ensure),
    );
    expect((await known()).toSorted()).toEqual([...there, 'yan', 'zoe'].toSorted());
    await ensure(['zoe']);
    expect(await known()).toHaveLength(there.length + 2);
    const another = await world.application();
    expect(await another.call(operations.listUsers)).toMatchObject({ users: [] });
  });

  test('a deleted one is not made again, nor anybody with it', async () => {
    await application.call(operations.deleteUser, { parameters: { userId: 'spike' } });
    expect(await refused(ensure(['zoe', 'spike']))).toBe('user_deleted');
    expect(await known()).not.toContain('zoe');
  });
});

describe('members who may be there already', () => {
  const add = (userIds: readonly string[], options = byServer()) =>
    world.ask(addMembers, {
      ...options,
      conversationId: group.id,
      members: userIds.map((userId) => ({ userId, role: 'member' as const })),
      skipPresent: true,
    });

  test('are passed over; one event names the others, and it is asked about them alone', async () => {
    const hook = await application.on('conversationAdd', () => ({}));
    await add(['tom', 'spike', 'spike']);
    expect(memberEvents(await group.timeline()).at(-1)).toMatchObject({
      type: 'member.joined',
      members: [{ userId: 'spike', role: 'member' }],
    });
    expect(hook.received).toMatchObject([{ body: { members: ['spike'] } }]);
    const events = (await group.timeline()).length;
    await add(['tom', 'spike']);
    expect(await group.timeline()).toHaveLength(events);
    expect(hook.received).toHaveLength(1);
  });

  test('keep what they are', async () => {
    await add(['ann', 'spike']);
    expect(await group.member(application, { id: 'ann' } as TestUser)).toMatchObject({ role: 'owner' });
  });

  test('a repeated key does nothing again, and is another request without this wish', async () => {
    const once = byServer({ namespace: 'test', key: 'add' });
    await add(['spike'], once);
    await group.remove(application, spike);
    await add(['spike'], once);
    expect(await refusal(group.member(application, spike))).toBe('member_not_found');
    const otherwise = {
      ...once,
      conversationId: group.id,
      members: [{ userId: 'spike', role: 'member' as const }],
    };
    expect(await refused(world.ask(addMembers, { ...otherwise, skipPresent: false }))).toBe(
      'idempotency_key_reused',
    );
  });
});

describe('removing several', () => {
  const remove = (userIds: string[], options = byServer()) =>
    world.ask(removeMembers, { ...options, conversationId: group.id, userIds });

  test('is one event; whoever is no member is passed over; each of them and after-hooks hear of it', async () => {
    const hook = await application.on('conversationRemove', () => ({}));
    const told = await application.on('conversationRemoved', () => ({}));
    const client = await tom.connect({ gateway: 1 });
    await remove(['tom', 'spike', 'nobody', 'ann']);
    const left = memberEvents(await group.timeline()).at(-1)!;
    expect(left.type).toBe('member.left');
    expect(left.members.map(({ userId }) => userId).toSorted()).toEqual(['ann', 'tom']);
    expect(hook.received).toHaveLength(1);
    expect(hook.received[0]!.body.members.toSorted()).toEqual(['ann', 'tom']);
    await eventually(() => {
      expect(told.received).toHaveLength(1);
      expect(client.events(group).at(-1)).toMatchObject({ type: 'member.left' });
    });
    expect(await refusal(tom.history(group))).toBe('not_a_member');
    const events = (await group.timeline()).length;
    await remove(['tom', 'nobody']);
    expect(await group.timeline()).toHaveLength(events);
    expect(hook.received).toHaveLength(1);
  });

  test('takes invitations back as well', async () => {
    await group.invite(application, spike);
    await remove(['spike', 'tom']);
    expect(await refusal(group.member(application, spike))).toBe('member_not_found');
    expect(await refusal(group.member(application, tom))).toBe('member_not_found');
  });

  test('a hook refuses all of it', async () => {
    await application.on('conversationRemove', () => ({ action: 'reject', code: 1, detail: 'They stay' }));
    expect(await refused(remove(['tom', 'jerry']))).toBe('rejected_by_hook');
    expect(await group.member(application, tom)).toMatchObject({ state: 'joined' });
  });

  test('nobody of another application', async () => {
    const another = await world.application();
    const question = { ...byServer(), applicationId: another.id, conversationId: group.id, userIds: ['tom'] };
    expect(await refused(world.ask(removeMembers, question))).toBe('conversation_not_found');
  });
});

describe('members of many conversations', () => {
  const of = (conversationIds: string[], applicationId = application.id) =>
    world.ask(listMembersOf, { applicationId, conversationIds });
  const create = (body: object): Promise<Conversation> =>
    application.call(operations.createConversation, { body });

  test('those who are in, in the order in which they came, with who has muted it', async () => {
    await group.mute(application, tom);
    await group.invite(application, spike);
    const other = await create({ members: [{ userId: 'spike' }] });
    const room = await create({ kind: 'room' });
    const member = (userId: string, muted = false) => ({ conversationId: group.id, userId, muted });
    const { members, answered } = await of([other.id, 'nothing', group.id, room.id]);
    expect(answered).toBe(4);
    expect(members[0]).toEqual({ conversationId: other.id, userId: 'spike', muted: false });
    expect(members.slice(1)).toEqual(
      expect.arrayContaining([member('ann'), member('max'), member('tom', true), member('jerry')]),
    );
    expect(members).toHaveLength(5);
  });

  test('none of a deleted one, nor of another application', async () => {
    expect(await of([group.id], (await world.application()).id)).toEqual({ members: [], answered: 1 });
    await application.call(operations.deleteConversation, { parameters: { conversationId: group.id } });
    expect(await of([group.id])).toEqual({ members: [], answered: 1 });
  });

  test('an answer is as long as it may be, and ends between two conversations', async () => {
    await world.database.sql(
      `WITH made AS (
        INSERT INTO conversation.conversation (application_id, id, number, kind)
        SELECT $1, 'many' || number, 100 + number, 'group' FROM generate_series(1, 12) AS number RETURNING key
      ), heads AS (
        INSERT INTO conversation.conversation_head (conversation_key, last_seq) SELECT key, 1 FROM made
      )
      INSERT INTO conversation.member (id, application_id, conversation_key, user_id, role, state, joined_seq, joined_at)
      SELECT gen_random_uuid(), $1, key, 'u' || number, 'member', 'joined', 1, now()
      FROM made CROSS JOIN generate_series(1, 500) AS number`,
      application.id,
    );
    const all = Array.from({ length: 12 }, (_, index) => `many${String(index + 1)}`);
    const { members, answered } = await of(all);
    expect(answered).toBe(10);
    expect(members).toHaveLength(5_000);
    const { members: rest } = await of(all.slice(answered));
    expect(new Set(rest.map(({ conversationId }) => conversationId))).toEqual(new Set(all.slice(answered)));
    expect(rest).toHaveLength(1_000);
  });
});

test('the services of a user are told apart from its other conversations', async () => {
  const of = (userId: string) =>
    world.ask(listSubscriptions, { applicationId: application.id, userId, cursor: null });
  await world.database.sql(
    `WITH made AS (
      INSERT INTO conversation.conversation (application_id, id, number, kind)
      VALUES ($1, 'news', 100, 'system'), ($1, 'left', 101, 'system') RETURNING key, id
    ), heads AS (
      INSERT INTO conversation.conversation_head (conversation_key, last_seq) SELECT key, 0 FROM made
    )
    INSERT INTO conversation.member (id, application_id, conversation_key, user_id, role, state, joined_seq, joined_at)
    SELECT gen_random_uuid(), $1, key, 'tom', 'member',
      CASE id WHEN 'news' THEN 'joined' ELSE 'left' END::conversation.member_state, 0, 'epoch'
    FROM made`,
    application.id,
  );
  expect(await of('tom')).toEqual({
    subscriptions: [{ conversationId: 'news', joinedAt: 0 }],
    nextCursor: null,
  });
  expect(await of('jerry')).toEqual({ subscriptions: [], nextCursor: null });
});

test('a conversation says when it was last changed', async () => {
  const read = (): Promise<Conversation> =>
    application.call(operations.getConversation, { parameters: { conversationId: group.id } });
  const before = await read();
  expect(before.updatedAt).toBeGreaterThanOrEqual(before.createdAt);
  const changed = await application.call<Conversation>(operations.updateConversation, {
    parameters: { conversationId: group.id },
    body: { name: 'Kitchen' },
  });
  expect(changed.updatedAt).toBeGreaterThanOrEqual(before.updatedAt);
  expect((await read()).updatedAt).toBe(changed.updatedAt);
});
