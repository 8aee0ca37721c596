import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { limits } from '#contracts/limits.js';
import type { Member } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  service = await application.service();
});

const here = () => ({ parameters: { conversationId: service.id } });
const of = ({ id: userId }: { readonly id: string }) => ({
  parameters: { conversationId: service.id, userId },
});
const join = (user: TestUser): Promise<Member> =>
  user.call(operations.joinConversation, { ...here(), body: {} });
const leave = (user: TestUser): Promise<unknown> =>
  user.call(operations.leaveConversation, { ...here(), body: {} });

async function subscribers(): Promise<string[]> {
  const { members } = await application.call<{ members: Member[] }>(operations.listMembers, here());
  return members.map(({ userId }) => userId);
}

/** As the row says that counts them. */
async function counted(): Promise<number> {
  const [row] = await world.database.sql(
    `SELECT head.subscribers::int AS subscribers FROM conversation.conversation_head AS head
     JOIN conversation.conversation ON key = conversation_key WHERE application_id = $1 AND id = $2`,
    application.id,
    service.id,
  );
  return Number(row?.['subscribers']);
}

describe('users subscribe', () => {
  test('by themselves, and are told on their sockets alone; the timeline knows nothing of it', async () => {
    const [toms, jerrys] = [await tom.connect({ gateway: 1 }), await jerry.connect()];
    expect(await join(tom)).toMatchObject({ userId: 'tom', role: 'member', state: 'joined' });
    expect(await refusal(join(tom))).toBe('member_exists');
    await eventually(() => {
      expect(toms.heard).toContainEqual({
        name: 'conversation.created',
        payload: { conversationId: service.id },
      });
    });
    await join(jerry);
    await eventually(() => {
      expect(jerrys.heard.map(({ name }) => name)).toContain('conversation.created');
    });
    await leave(tom);
    expect(await refusal(leave(tom))).toBe('not_a_member');
    expect(await subscribers()).toEqual(['jerry']);
    expect(await counted()).toBe(1);
    expect(await application.history(service)).toEqual([]);
    expect(toms.events(service)).toEqual([]);
    expect(jerrys.events(service)).toEqual([]);
  });

  test('unless only servers may subscribe them', async () => {
    service = await application.service({ joinRule: 'invited' });
    expect(await refusal(join(tom))).toBe('not_a_member');
    await application.add(service, tom);
    expect(await subscribers()).toEqual(['tom']);
  });

  test('more of them than a group has members, in portions of which nobody is told about the others', async () => {
    const ids = Array.from({ length: limits.membersPerGroup }, (_, index) => `user ${String(index)}`);
    await world.database.sql(
      `INSERT INTO conversation."user" (application_id, id) SELECT $1, id FROM unnest(string_to_array($2, ',')) AS made(id)`,
      application.id,
      ids.join(),
    );
    const { members } = await application.call<{ members: Member[] }>(operations.addMembers, {
      ...here(),
      body: { members: ids.map((userId) => ({ userId })) },
    });
    expect(members).toHaveLength(limits.membersPerGroup);
    await join(tom);
    expect(await counted()).toBe(limits.membersPerGroup + 1);
    const added = await application.call<{ members: Member[] }>(operations.addMembers, {
      ...here(),
      body: { members: [{ userId: 'jerry' }] },
    });
    expect(added.members.map(({ userId }) => userId)).toEqual(['jerry']);
  });

  test('and are shown to servers alone', async () => {
    await application.add(service, tom, jerry);
    expect(await tom.call(operations.getConversation, here())).toMatchObject({ members: [] });
    expect(await refusal(tom.call(operations.listMembers, here()))).toBe('insufficient_role');
    expect(await refusal(tom.call(operations.getMember, of(jerry)))).toBe('insufficient_role');
    expect(await tom.call(operations.getMember, of(tom))).toMatchObject({ userId: 'tom', muted: false });
    const { presences } = await tom.call<{ presences: { userId: string }[] }>(operations.listPresences, {
      query: { userIds: 'tom,jerry' },
    });
    expect(presences.map(({ userId }) => userId)).toEqual(['tom']);
  });

  test('as members without any other role', async () => {
    const body = { members: [{ userId: 'tom', role: 'owner' as const }] };
    expect(await refusal(application.call(operations.addMembers, { ...here(), body }))).toBe(
      'wrong_conversation_kind',
    );
    expect(await counted()).toBe(0);
  });

  test('and find it in their lists, and may mute it', async () => {
    await join(tom);
    const lists = async () =>
      (await tom.call<{ conversations: Conversation[] }>(operations.listConversations, { query: {} }))
        .conversations;
    expect(await lists()).toMatchObject([{ id: service.id, kind: 'system' }]);
    await tom.call(operations.muteConversation, of(tom));
    expect((await tom.connect()).ready.conversations).toMatchObject([
      { conversationId: service.id, muted: true, state: 'joined' },
    ]);
    await leave(tom);
    expect(await lists()).toEqual([]);
  });
});

test('a blocked user is unsubscribed, and cannot come back by any way', async () => {
  await join(tom);
  await application.call(operations.blockInConversation, { ...here(), body: { userId: 'tom' } });
  expect(await subscribers()).toEqual([]);
  expect(await counted()).toBe(0);
  expect(await refusal(join(tom))).toBe('user_blocked');
  expect(await refusal(application.add(service, tom))).toBe('user_blocked');
  await application.call(operations.unblockInConversation, of(tom));
  await join(tom);
  expect(await application.history(service)).toEqual([]);
});

test('who subscribes again, without anything having happened meanwhile, is in with all its sessions', async () => {
  await join(tom);
  const client = await tom.connect();
  await leave(tom);
  await join(tom);
  await leave(tom);
  await join(tom);
  await eventually(() => {
    expect(client.heard.filter(({ name }) => name === 'conversation.created')).not.toHaveLength(0);
  });
  await application.call(operations.updateConversation, { ...here(), body: { name: 'News' } });
  await eventually(() => {
    expect(client.heard.map(({ name }) => name)).toContain('conversation.updated');
  });
});

test('hooks are asked and told', async () => {
  const asked = await application.on('conversationAdd', ({ body }) =>
    body.members.includes('jerry') ? { action: 'reject', code: 7, detail: 'No mice' } : {},
  );
  const added = await application.on('conversationAdded', () => ({}));
  const removed = await application.on('conversationRemoved', () => ({}));
  await join(tom);
  expect(await refusal(join(jerry))).toBe('rejected_by_hook');
  await application.remove(service, tom);
  expect(asked.received.map(({ body }) => body.conversation)).toMatchObject([
    { id: service.id, kind: 'system' },
    { id: service.id, kind: 'system' },
  ]);
  await eventually(() => {
    expect(added.received.map(({ body }) => body.members)).toEqual([['tom']]);
    expect(removed.received.map(({ body }) => body.members)).toEqual([['tom']]);
  });
});

test('receipts of subscribers move their own watermarks, and are told to nobody', async () => {
  await application.call(operations.updateConversation, { ...here(), body: { name: 'News' } });
  await application.add(service, tom, jerry);
  const jerrys = await jerry.connect();
  await application.call(operations.updateConversation, { ...here(), body: { name: 'Old' } });
  const answer = await tom.acknowledge(service, { read: 2 });
  expect(answer.status).toBeLessThan(300);
  await application.call(operations.updateConversation, { ...here(), body: { name: 'New' } });
  await eventually(() => {
    expect(jerrys.heard.filter(({ name }) => name === 'conversation.updated')).toHaveLength(2);
  });
  expect(jerrys.receipts(service)).toEqual([]);
  expect(await refusal(jerry.call(operations.listReceipts, here()))).toBe('insufficient_role');
});
