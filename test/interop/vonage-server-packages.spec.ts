import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Auth } from '@vonage/auth';
import { Conversations } from '@vonage/conversations';
import { Users } from '@vonage/users';
import { SharedWorld } from '../harness/shared-world.js';
import { NexmoClient } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';
import { conversationId, instant, memberId, userId } from './vonage-shapes.js';

/* The vendor's own packages for servers, unmodified: they sign their requests with the application's private key. */

let world: SharedWorld;
let vonage: VonageApplication;
let conversations: Conversations;
let users: Users;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  const auth = new Auth({ applicationId: vonage.application.id, privateKey: vonage.privateKey });
  const options = { apiHost: world.gateways[0]!.url };
  conversations = new Conversations(auth, options);
  users = new Users(auth, options);
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** What the package throws holds the answer. */
const failed = (status: number) => ({ response: expect.objectContaining({ status }) as unknown });

test('@vonage/users makes, reads, lists, changes and deletes users', async () => {
  const alice = await users.createUser({
    name: 'alice',
    displayName: 'Alice',
    imageUrl: 'https://images.example/alice.png',
    properties: { customData: { snake_key: 1, camelKey: { deep: true } } },
    channels: {
      sms: [{ number: '447700900000' }],
      websocket: [{ uri: 'wss://x.example', contentType: 'audio/l16;rate=16000' }],
    },
  } as never);
  expect(alice).toEqual({
    id: userId,
    name: 'alice',
    displayName: 'Alice',
    imageUrl: 'https://images.example/alice.png',
    properties: { customData: { snake_key: 1, camelKey: { deep: true } } },
    channels: {
      sms: [{ number: '447700900000' }],
      websocket: [{ uri: 'wss://x.example', contentType: 'audio/l16;rate=16000' }],
    },
  });
  expect(await users.getUser(alice.id!)).toEqual(alice);
  for (let number = 0; number < 11; number += 1) await users.createUser({ name: `user ${String(number)}` });
  expect((await all(users.listAllUsers())).map(({ name }) => name)).toHaveLength(12);
  expect((await users.getUserPage({ pageSize: 5 }))._embedded.users).toHaveLength(5);
  expect(await users.updateUser({ ...alice, displayName: 'Al' })).toEqual({ ...alice, displayName: 'Al' });
  await users.deleteUser(alice.id!);
  await expect(users.getUser(alice.id!)).rejects.toMatchObject(failed(404));
});

describe('@vonage/conversations', () => {
  test('makes, reads, lists, changes and deletes conversations', async () => {
    const made = await conversations.createConversation({
      name: 'kitchen',
      displayName: 'Kitchen',
      imageUrl: 'https://images.example/kitchen.png',
      properties: {
        ttl: 60,
        type: 'quick_chat',
        customSortKey: 'b',
        customData: { snake_key: 1, camelKey: 2 },
      },
    });
    const whole = {
      id: conversationId,
      name: 'kitchen',
      displayName: 'Kitchen',
      imageUrl: 'https://images.example/kitchen.png',
      state: 'ACTIVE',
      sequenceNumber: 0,
      timestamp: { created: instant },
      properties: {
        ttl: 60,
        type: 'quick_chat',
        customSortKey: 'b',
        customData: { snake_key: 1, camelKey: 2 },
      },
    };
    expect(made).toEqual(whole);
    expect(await conversations.getConversation(made.id!)).toEqual(made);
    for (let number = 0; number < 11; number += 1)
      await conversations.createConversation({ displayName: 'other' });
    expect(await all(conversations.listAllConversations())).toHaveLength(12);
    const page = await conversations.getConversationPage({ pageSize: 1, order: 'asc' } as never);
    expect(page.conversations).toEqual([made]);
    const changed = await conversations.updateConversation({ ...made, displayName: 'Cellar' });
    expect(changed).toMatchObject({
      ...whole,
      displayName: 'Cellar',
      sequenceNumber: 1,
      timestamp: expect.anything() as never,
    });
    await conversations.deleteConversation(made.id!);
    await expect(conversations.getConversation(made.id!)).rejects.toMatchObject(failed(404));
  });

  test('brings in members, changes and lists them', async () => {
    const alice = await users.createUser({ name: 'alice' });
    const bob = await users.createUser({ name: 'bob' });
    const { id = '' } = await conversations.createConversation({});
    const joined = await conversations.createMember(id, {
      user: { id: alice.id!, name: 'alice' },
      state: 'JOINED',
      channel: { type: 'app' },
    } as never);
    expect(joined).toMatchObject({ id: memberId, state: 'JOINED', user: { id: alice.id, name: 'alice' } });
    const invited = await conversations.createMember(id, {
      user: { id: bob.id!, name: 'bob' },
      state: 'INVITED',
      channel: { type: 'app' },
      invitedBy: joined.id,
    } as never);
    expect(invited).toMatchObject({ state: 'INVITED', invitedBy: alice.id, timestamp: { invited: instant } });
    expect(await conversations.getMember(id, invited.id!)).toEqual(invited);
    const list = await all(conversations.listAllMembers(id, { pageSize: 1 }));
    expect(list.map(({ user }) => user.name)).toEqual(['alice', 'bob']);
    const accepted = await conversations.updateMember(id, invited.id!, { state: 'JOINED' } as never);
    expect(accepted).toMatchObject({ id: invited.id, state: 'JOINED' });
    const left = await conversations.updateMember(id, invited.id!, {
      state: 'LEFT',
      reason: { code: '1', text: 'enough' },
    } as never);
    expect(left).toMatchObject({ id: invited.id, state: 'LEFT', timestamp: { left: instant } });
    // A server is nobody's.
    await expect(conversations.getMe(id)).rejects.toMatchObject(failed(404));
    const own = await all(conversations.listAllUserConversations(alice.id!, { pageSize: 1 }));
    expect(own.map((conversation) => conversation.id)).toEqual([id]);
  });

  test('says things, reads them again, lists and deletes them', async () => {
    await vonage.users('alice', 'bob');
    const { id, members } = await vonage.room('alice', 'bob');
    const from = members['alice']!;
    const custom = await conversations.createEvent(id, {
      type: 'custom:my_custom_event',
      from,
      body: { your: 'data', list: [1, { deepKey: 2 }] },
    } as never);
    expect(custom).toMatchObject({
      id: 3,
      type: 'custom:my_custom_event',
      from,
      body: { your: 'data' },
      timestamp: instant,
      fromMember: { id: from },
      fromUser: { name: 'alice', displayName: 'ALICE' },
    });
    const text = await conversations.createEvent(id, {
      type: 'message',
      from,
      body: { messageType: 'text', text: 'yo' },
    } as never);
    expect(text).toMatchObject({ id: 4, type: 'message', body: { messageType: 'text', text: 'yo' } });
    expect(await conversations.getEvent(id, '3')).toEqual(custom);
    const events = await all(conversations.listAllEvents(id, { pageSize: 2 }));
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4]);
    const some = await conversations.getEventPage(id, {
      startId: '3',
      endId: '3',
      eventType: 'custom:my_custom_event',
    });
    expect(some.events).toEqual([custom]);
    await conversations.deleteEvent(id, '4');
    expect(await conversations.getEvent(id, '4')).toMatchObject({
      body: { timestamp: { deleted: instant } },
    });
    const left = await conversations.getEventPage(id, {
      startId: '3',
      endId: '4',
      excludeDeletedEvents: true,
    });
    expect(left.events.map((event) => event.id)).toEqual([3]);
    await expect(
      conversations.createEvent(id, { type: 'unknown', from, body: {} } as never),
    ).rejects.toMatchObject(failed(400));
  });

  test('lists the sessions of a user', async () => {
    await vonage.users('alice');
    const client = await NexmoClient.login('nexmo-client-9', vonage, vonage.token('alice'));
    const [session, ...others] = await all(conversations.listAllUserSessions(client.application.me.id));
    expect(session).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      user: { id: client.application.me.id, name: 'alice' },
      apiKey: vonage.application.id,
      properties: { ttl: expect.any(Number) as unknown },
    });
    expect(others).toEqual([]);
    client.close();
  });
});
