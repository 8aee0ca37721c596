import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MemberEvent, MessageEvent, TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { User } from '#contracts/users.js';
import { Database } from '#platform/database/database.js';
import { FilesStore } from '../../apps/conversation/src/store/files.store.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { runsOf } from '../harness/managed-hooks.js';
import { World } from '../harness/world.js';

/** Personal, and with what text search and JSON have to be careful about. */
const phone = '+49 151 "tom" %_\\';

let world: World;

beforeAll(async () => {
  world = await World.start({ conversations: 2 });
});
afterAll(() => world.close());

interface Scene {
  readonly application: TestApplication;
  readonly tom: TestUser;
  readonly jerry: TestUser;
  readonly group: { readonly id: string };
}

/** Tom and Jerry have talked, Jerry has named Tom, and was notified of what Tom said while away. */
async function scene(id = phone, text = 'I am Tom'): Promise<Scene> {
  const application = await world.application();
  const [tom, jerry] = [await application.user(id), await application.user('jerry')];
  const group = await application.group([tom, jerry], { historyVisibility: 'start' });
  await tom.send(group, text, { idempotencyKey: 'one' });
  await tom.sendCustom(group, 'wave', { from: 'Tom' });
  await application.call(operations.sendMessage, {
    parameters: { conversationId: group.id },
    body: {
      senderId: 'jerry',
      content: { type: 'text', text: 'hello' },
      mentions: { userIds: ['jerry', tom.id] },
    },
  });
  await eventually(async () => {
    const { notifications } = await application.call<{ notifications: unknown[] }>(
      operations.listPushNotifications,
    );
    expect(notifications.length).toBeGreaterThanOrEqual(2);
  });
  return { application, tom, jerry, group };
}

const remove = (application: TestApplication, userId: string, messages?: 'keep' | 'recall') =>
  application.call(operations.deleteUser, { parameters: { userId }, query: { messages } });

/** Rows in which the id still stands, but for those whose time is short or whose purpose it is (docs/accounts.md). */
async function remains(id: string): Promise<string[]> {
  const kept = ['user', 'user_erasure', 'job', 'inbox_entry'];
  // PostgreSQL shows quotes and backslashes of a row escaped.
  const rows = await world.database.rowsWith(id.split(' "')[0]!);
  return rows.flatMap(({ table, row }) =>
    kept.includes(table.split('.')[1]!.replaceAll('"', '')) ? [] : [`${table}: ${row}`],
  );
}

async function erased(id: string): Promise<void> {
  await eventually(async () => {
    expect(await remains(id)).toEqual([]);
  });
}

/** As housekeeping does every minute. */
async function sweepFiles(): Promise<void> {
  const database = new Database(
    {
      DATABASE_URL: world.database.url,
      HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
      HOOKLINE_DATABASE_CONNECTIONS: 2,
    },
    'erasure-test',
  );
  await new FilesStore(database).sweep();
  await database.close();
}

const isMessage = (event: TimelineEvent): event is MessageEvent => event.type === 'message';

test('a deleted user is gone at once, and its id is never given again', async () => {
  const { application, tom } = await scene();
  const another = await world.application();
  await another.user(phone);
  await remove(application, tom.id);
  const parameters = { userId: tom.id };
  for (const operation of [operations.getUser, operations.deleteUser])
    await expect(application.call(operation, { parameters })).rejects.toMatchObject({
      problem: { code: 'user_not_found' },
    });
  for (const operation of [operations.createToken, operations.updateUser])
    await expect(
      application.call(operation, {
        parameters,
        body: operation.id === 'updateUser' ? { displayName: 'x' } : {},
      }),
    ).rejects.toMatchObject({ problem: { code: 'user_not_found' } });
  await expect(application.user(tom.id)).rejects.toMatchObject({ problem: { code: 'user_deleted' } });
  await expect(application.group([tom])).rejects.toMatchObject({ problem: { code: 'user_not_found' } });
  const { users } = await application.call<{ users: { id: string }[] }>(operations.listUsers);
  expect(users.map(({ id }) => id)).toEqual(['jerry']);
  expect(await another.call(operations.getUser, { parameters })).toMatchObject({ id: phone });
});

test('its second id goes with it: nobody is found by it any more, and another user may bring it along', async () => {
  const { application, tom } = await scene('uid@example.org');
  const { uid } = await tom.call<User>(operations.getUser, { parameters: { userId: tom.id } });
  await remove(application, tom.id);
  await erased(tom.id);
  expect(await world.database.tablesWith(uid)).toEqual([]);
  const created = await application.call<User>(operations.createUser, { body: { id: 'new', uid } });
  expect(created).toMatchObject({ id: 'new', uid });
});

test('it leaves its conversations, and a pseudonym stands for it everywhere; what it said stays', async () => {
  const { application, tom, jerry, group } = await scene('tom@example.org');
  const listening = await jerry.connect();
  await remove(application, tom.id);
  await eventually(() => {
    expect(listening.events(group).map(({ type }) => type)).toContain('member.left');
  });
  await erased(tom.id);
  const events = await jerry.history(group);
  const [said, answered] = events.filter(isMessage);
  expect(said).toMatchObject({ content: { type: 'text', text: 'I am Tom' } });
  expect(said!.senderId).toMatch(/^deleted-/);
  expect(answered).toMatchObject({ senderId: 'jerry', mentions: { userIds: ['jerry', said!.senderId] } });
  const membership = events.filter((event): event is MemberEvent => event.type.startsWith('member.'));
  const named = membership.flatMap(({ members }) => members.map(({ userId }) => userId));
  expect(named.toSorted()).toEqual([said!.senderId, said!.senderId, 'jerry'].toSorted());
  const { members } = await application.call<{ members: { userId: string }[] }>(operations.getConversation, {
    parameters: { conversationId: group.id },
  });
  expect(members.map(({ userId }) => userId)).toEqual(['jerry']);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
});

test('with recall the content of what it said goes too, and that of others stays', async () => {
  const { application, tom, jerry, group } = await scene('+49 152 "tom" %_\\', 'To be recalled');
  await remove(application, tom.id, 'recall');
  await erased(tom.id);
  expect(await world.database.tablesWith('To be recalled')).not.toContain('conversation.event');
  expect(await world.database.tablesWith('To be recalled')).not.toContain(
    'push_notification.push_notification',
  );
  const events = await jerry.history(group);
  const [said, answered] = events.filter(isMessage);
  expect(said).toMatchObject({ content: { type: 'recalled' }, recalledAt: expect.any(Number) });
  expect(answered).toMatchObject({ content: { type: 'text', text: 'hello' } });
  expect(events.find(({ type }) => type === 'custom:wave')).toMatchObject({
    data: null,
    recalledAt: expect.any(Number),
  });
});

test.each(['keep', 'recall'] as const)(
  'with %s its blocks go, both ways, and its files, and what it said in rooms is not its any more',
  async (messages) => {
    const application = await world.application();
    const [tom, jerry] = [await application.user(`roomy-${messages}`), await application.user('jerry')];
    const group = await application.group([jerry]);
    const room = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    await tom.call(operations.blockUser, { parameters: { userId: tom.id, blockedUserId: 'jerry' } });
    await jerry.call(operations.blockUser, { parameters: { userId: 'jerry', blockedUserId: tom.id } });
    await application.call(operations.blockInConversation, {
      parameters: { conversationId: group.id },
      body: { userId: tom.id },
    });
    const [shown, unused] = [
      await tom.upload('shown.txt', 'shown'),
      await tom.upload('unused.txt', 'unused'),
    ];
    for (const user of [tom, jerry])
      await (await user.connect()).call('room.enter', { conversationId: room.id });
    await tom.call(operations.sendMessage, {
      parameters: { conversationId: room.id },
      body: { content: { type: 'text', text: 'in the room' }, attachments: [shown.id] },
    });
    await remove(application, tom.id, messages);
    await erased(tom.id);
    const [said] = (await jerry.history(room)).filter(isMessage);
    expect(said!.senderId).toMatch(/^deleted-/);
    const kept = { content: { type: 'text', text: 'in the room' }, attachments: [{ id: shown.id }] };
    expect(said).toMatchObject(messages === 'keep' ? kept : { content: { type: 'recalled' } });
    expect(said!.attachments === undefined).toBe(messages === 'recall');
    await sweepFiles();
    await eventually(async () => {
      const left = (await world.database.rowsWith('.txt')).map(({ row }) => row).join();
      expect([left.includes(shown.id), left.includes(unused.id)]).toEqual([messages === 'keep', false]);
    });
    const parameters = { userId: 'jerry' };
    expect(await jerry.call(operations.listUserBlocks, { parameters })).toMatchObject({ blocks: [] });
  },
);

test('where it has never been nothing names it either, and what servers made of its messages is recalled', async () => {
  const { application, tom, jerry, group } = await scene('+49 153 "tom" %_\\');
  const other = await application.group([jerry], { historyVisibility: 'start' });
  const room = await tom.call<{ id: string }>(operations.createConversation, { body: { kind: 'room' } });
  const said = (senderId: string, text: string, userIds: string[] = []) =>
    application.call(operations.sendMessage, {
      parameters: { conversationId: other.id },
      body: { senderId, content: { type: 'text', text }, mentions: { userIds } },
    });
  await said(tom.id, 'in its name');
  for (const userIds of [[tom.id], ['jerry', tom.id, 'spike']]) await said('jerry', 'named', userIds);
  const [first] = (await jerry.history(group)).filter(isMessage);
  await application.call(operations.updateMessage, {
    parameters: { conversationId: group.id, eventId: first!.id },
    body: { content: { type: 'text', text: 'Moderated by a server' } },
  });
  await remove(application, tom.id, 'recall');
  await erased(tom.id);
  expect(await world.database.tablesWith('Moderated by a server')).not.toContain('conversation.event');
  const [own, one, among] = (await jerry.history(other)).filter(isMessage);
  expect(own).toMatchObject({ content: { type: 'recalled' } });
  expect(own!.senderId).toMatch(/^deleted-/);
  expect(one!.mentions!.userIds).toEqual([own!.senderId]);
  expect(among!.mentions!.userIds).toEqual(['jerry', own!.senderId, 'spike']);
  expect(
    await application.call(operations.getConversation, { parameters: { conversationId: room.id } }),
  ).toMatchObject({ createdBy: own!.senderId });
});

test('recorded calls of hooks that name it go, those about others stay', async () => {
  const { application, tom, jerry, group } = await scene('+49 154 "tom" %_\\');
  const others = await application.group([jerry]);
  const drop = { action: 'drop' } as const;
  const hook = await application.hook(() => drop, { recordContents: true });
  const answering = await application.hook(() => ({}), { recordContents: true });
  answering.behave(() => ({ 'no field of ours': tom.id }));
  await tom.send(group, 'by the user');
  await jerry.send(group, 'to the user');
  hook.behave(() => ({}));
  await jerry.send(others, 'the user is named by an answer');
  hook.behave(() => drop);
  await jerry.send(others, 'to nobody');
  const kept = async () => (await runsOf(application, hook)).runs.length;
  await eventually(async () => {
    expect([await kept(), (await runsOf(application, answering)).runs.length]).toEqual([4, 1]);
  });
  await remove(application, tom.id);
  await erased(tom.id);
  expect((await runsOf(application, hook)).runs).toMatchObject([
    { request: { event: { content: { text: 'to nobody' } } } },
    { request: { event: { content: { text: 'the user is named by an answer' } } } },
  ]);
  expect((await runsOf(application, answering)).runs).toEqual([]);
});

test('a deletion survives the death of the replica that works on it', async () => {
  const { application, tom, jerry } = await scene('survivor');
  const groups = [];
  for (let count = 0; count < 20; count++) groups.push(await application.group([tom, jerry]));
  await remove(application, tom.id);
  const [first] = world.conversations;
  await first!.kill();
  await first!.start();
  // Whoever died may have taken it on for half a minute.
  await eventually(async () => {
    expect(await remains(tom.id)).toEqual([]);
  });
  for (const group of groups)
    expect((await jerry.history(group)).map(({ type }) => type)).toEqual(['member.joined', 'member.left']);
}, 120_000);

test('its sessions end, its tokens are refused, and neither leaves its id behind', async () => {
  const application = await world.application();
  const tom = await application.user('connected');
  const revoked = await application.known(tom.id);
  await application.revokeToken(revoked);
  const client = await tom.connect();
  await tom.call(operations.getUser, { parameters: { userId: tom.id } });
  await remove(application, tom.id);
  await eventually(() => {
    expect(client.closing).toMatchObject({ code: 'token_revoked' });
    expect(client.isConnected).toBe(false);
  });
  await eventually(async () => {
    await expect(tom.call(operations.getUser, { parameters: { userId: tom.id } })).rejects.toMatchObject({
      problem: { code: 'token_revoked' },
    });
  });
  await erased(tom.id);
  await expect(tom.connect()).rejects.toMatchObject({ error: { code: 'user_not_found' } });
});

test('a repeated deletion with its key is answered as the first one', async () => {
  const application = await world.application();
  await application.user('once');
  const request = { parameters: { userId: 'once' }, idempotencyKey: 'delete-once' };
  await application.call(operations.deleteUser, request);
  await application.call(operations.deleteUser, request);
  await expect(
    application.call(operations.deleteUser, { ...request, query: { messages: 'recall' } }),
  ).rejects.toMatchObject({ problem: { code: 'idempotency_key_reused' } });
});
