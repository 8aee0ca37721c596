import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let room: { readonly id: string };

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

const newRoom = (joinRule: 'open' | 'invited' = 'open') =>
  application.call<{ id: string }>(operations.createConversation, { body: { kind: 'room', joinRule } });
const enter = (client: Client, { id: conversationId } = room) =>
  client.call('room.enter', { conversationId });
const block = ({ id: conversationId }: { readonly id: string }) =>
  application.call(operations.blockInConversation, {
    parameters: { conversationId },
    body: { userId: 'tom' },
  });

beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  room = await newRoom();
});

const rejection = { code: 7890, detail: 'No' };

test('a block that puts a user out of a room asks conversationRemove as a removal does, and no other block', async () => {
  const hook = await application.on('conversationRemove', () => ({ action: 'reject', ...rejection }));
  const client = await tom.connect();
  await enter(client);
  expect(await refusal(block(room))).toBe('rejected_by_hook');
  stored(await client.send(room, 'still here'));
  hook.behave(() => ({}));
  await block(room);
  expect(hook.bodies).toHaveLength(2);
  expect(hook.bodies[1]).toMatchObject({
    conversation: { id: room.id, kind: 'room' },
    ...{ initiatorId: null, members: ['tom'], origin: { address: '127.0.0.1', dialect: 'native' } },
  });
  expect(await enter(client)).toMatchObject({ ok: false, error: { code: 'user_blocked' } });
  // It was not in.
  await block(await newRoom());
  expect(hook.bodies).toHaveLength(2);
});

describe('entering a room', () => {
  test('each session asks conversationAdd, once; what a hook refuses is told by the socket', async () => {
    const hook = await application.on('conversationAdd', () => ({ action: 'reject', ...rejection }));
    const clients = [await tom.connect(), await tom.connect({ gateway: 1 })] as const;
    expect(await enter(clients[0])).toMatchObject({
      ok: false,
      error: { code: 'rejected_by_hook', detail: 'No', hook: rejection },
    });
    expect(await refusal(tom.history(room))).toBe('not_a_member');
    hook.behave(() => ({}));
    for (const client of [clients[0], clients[0], clients[1]])
      expect(await enter(client)).toMatchObject({ ok: true });
    expect(hook.bodies).toHaveLength(3);
    await clients[0].call('room.leave', { conversationId: room.id });
    expect(await enter(clients[0])).toMatchObject({ ok: true });
    expect(hook.bodies).toHaveLength(4);
    expect(hook.bodies[0]).toMatchObject({
      conversation: { id: room.id, kind: 'room' },
      initiatorId: 'tom',
      members: ['tom'],
      origin: { address: '127.0.0.1', dialect: 'native' },
    });
  });

  test('asks nobody for whom it is not allowed', async () => {
    const hook = await application.on('conversationAdd', () => ({}));
    const client = await tom.connect();
    await block(room);
    const refusals = [
      [await newRoom('invited'), 'not_a_member'],
      [room, 'user_blocked'],
      [await application.group([tom]), 'wrong_conversation_kind'],
    ] as const;
    for (const [conversation, code] of refusals)
      expect(await enter(client, conversation)).toMatchObject({ ok: false, error: { code } });
    expect(hook.bodies).toEqual([]);
  });

  test('waits for no other room, whose hooks think; and who is blocked meanwhile is not in', async () => {
    const second = await newRoom();
    const [asked, decided] = [Promise.withResolvers<undefined>(), Promise.withResolvers<object>()];
    await application.on(
      'conversationAdd',
      ({ body }) => {
        if (body.conversation.id !== room.id) return {};
        asked.resolve(undefined);
        return decided.promise;
      },
      { deadline: limits.hookDeadlineMaximum },
    );
    const client = await tom.connect();
    const slow = enter(client);
    await asked.promise;
    expect(await enter(client, second)).toMatchObject({ ok: true });
    await block(second);
    await eventually(() => {
      expect(client.heard.map(({ name }) => name)).toContain('room.left');
    });
    await block(room);
    decided.resolve({});
    expect(await slow).toMatchObject({ ok: false, error: { code: 'user_blocked' } });
  });
});
