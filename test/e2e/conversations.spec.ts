import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import type { Conversation, conversationPatch, newConversation } from '#contracts/conversations.js';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { requestOf, type RestAnswer } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

interface Caller {
  readonly authorization: string;
}
type Patch = z.input<typeof conversationPatch>;

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

const named = (...users: TestUser[]) => users.map(({ id: userId }) => ({ userId }));

function create(
  as: Caller,
  body: z.input<typeof newConversation>,
  { idempotencyKey, gateway = 0 }: { idempotencyKey?: string; gateway?: number } = {},
): Promise<RestAnswer> {
  return world.rest(requestOf(operations.createConversation, { as, body, idempotencyKey }), gateway);
}

function update(
  as: Caller,
  { id: conversationId }: { readonly id: string },
  body: Patch,
  idempotencyKey?: string,
): Promise<RestAnswer> {
  const parameters = { conversationId };
  return world.rest(requestOf(operations.updateConversation, { as, parameters, body, idempotencyKey }));
}

function read(as: Caller, { id: conversationId }: { readonly id: string }): Promise<RestAnswer> {
  return world.rest(requestOf(operations.getConversation, { as, parameters: { conversationId } }));
}

async function roles(conversation: { readonly id: string }): Promise<Record<string, string>> {
  const { body } = await read(application, conversation);
  const { members } = body as { members: { userId: string; role: string }[] };
  return Object.fromEntries(members.map(({ userId, role }) => [userId, role]));
}

/** What `conversation.updated` events have said, in order. */
async function updates(user: TestUser, conversation: { readonly id: string }): Promise<unknown[]> {
  const events: TimelineEvent[] = await user.history(conversation);
  return events.flatMap((event) =>
    event.type === 'conversation.updated' ? [{ by: event.senderId, changes: event.changes }] : [],
  );
}

describe('whoever creates a conversation', () => {
  test('with a token is its owner and in it, named or not', async () => {
    const unnamed = await tom.create({ members: named(jerry) });
    expect(await roles(unnamed)).toEqual({ tom: 'owner', jerry: 'member' });
    expect(unnamed).toMatchObject({ createdBy: 'tom', joinRule: 'invited', unique: false, lastSeq: 1 });
    expect(await roles(await tom.create({ members: named(jerry, tom) }))).toEqual({
      tom: 'owner',
      jerry: 'member',
    });
    expect(await roles(await tom.create())).toEqual({ tom: 'owner' });
    const [joined] = await tom.history(unnamed);
    expect(joined).toMatchObject({ type: 'member.joined', senderId: 'tom' });
  });

  test('with a token may say its own name, and no other', async () => {
    expect((await create(tom, { ownerId: 'tom' })).status).toBe(201);
    expect(await create(tom, { ownerId: 'jerry' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/ownerId' }] },
    });
  });

  test('with the master key may name an owner, or nobody', async () => {
    const group = await application.group([jerry], { ownerId: 'tom' });
    expect(await roles(group)).toEqual({ jerry: 'member', tom: 'owner' });
    expect(group.createdBy).toBe('tom');
    expect((await application.group([jerry])).createdBy).toBeNull();
  });

  test('twice with one idempotency key has created it once, also when it is not new', async () => {
    const [first, again] = [
      await create(tom, { uniqueKey: 'lobby' }, { idempotencyKey: 'k' }),
      await create(tom, { uniqueKey: 'lobby' }, { idempotencyKey: 'k', gateway: 1 }),
    ];
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(await create(tom, { uniqueKey: 'other' }, { idempotencyKey: 'k' })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('of a room is not in it, but may change and delete it', async () => {
    const room = await tom.create({ kind: 'room' });
    expect(room).toMatchObject({ kind: 'room', joinRule: 'open', lastSeq: 0 });
    expect(await roles(room)).toEqual({});
    expect(await update(jerry, room, { name: 'Mine' })).toMatchObject({ body: { code: 'not_a_member' } });
    expect(await update(tom, room, { name: 'Mine' })).toMatchObject({ status: 200, body: { name: 'Mine' } });
  });
});

describe('a unique conversation', () => {
  test('is found again by its key, as it is', async () => {
    const first = await create(tom, { uniqueKey: 'lobby', name: 'Lobby', members: named(jerry) });
    const second = await create(jerry, { uniqueKey: 'lobby', name: 'Other' }, { gateway: 1 });
    expect(first).toMatchObject({ status: 201, body: { unique: true, uniqueKey: 'lobby', name: 'Lobby' } });
    expect(second).toMatchObject({ status: 200, body: first.body });
  });

  test('is found again by its members, in whatever order, and by nobody else', async () => {
    const first = await create(tom, { unique: true, members: named(jerry) });
    const second = await create(jerry, { unique: true, members: named(tom, jerry) });
    expect(first).toMatchObject({ status: 201, body: { unique: true, uniqueKey: null } });
    expect(second).toMatchObject({ status: 200, body: first.body });
    const others: RestAnswer[] = [
      await create(tom, { unique: true, members: named(jerry, spike) }),
      await create(tom, { unique: true, kind: 'temporary', members: named(jerry) }),
      await create(tom, { members: named(jerry) }),
    ];
    expect(others.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  test('sets of members that look alike when they are joined are different', async () => {
    await application.users('ab', 'c', 'a', 'bc');
    const members = [['ab', 'c'].map((userId) => ({ userId })), ['a', 'bc'].map((userId) => ({ userId }))];
    for (const those of members) {
      expect((await create(application, { unique: true, members: those })).status).toBe(201);
    }
  });

  test('is one, however many create it at once on two replicas', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        create(application, { unique: true, members: named(tom, jerry) }, { gateway: index % 2 }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(11).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => (body as Conversation).id)).size).toBe(1);
  });

  test('is not shown to who is not in it', async () => {
    await create(tom, { uniqueKey: 'secret', name: 'Secret' });
    const answer = await create(jerry, { uniqueKey: 'secret' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'not_a_member' } });
    expect(JSON.stringify(answer.body)).not.toContain('Secret');
  });

  test('is none for another application', async () => {
    const first = await tom.create({ uniqueKey: 'lobby' });
    const foreigner = await (await world.application()).user('tom');
    expect((await foreigner.create({ uniqueKey: 'lobby' })).id).not.toBe(first.id);
  });

  test('is a new one when it was deleted', async () => {
    const first = await tom.create({ uniqueKey: 'lobby' });
    await tom.deleteConversation(first);
    const second = await create(tom, { uniqueKey: 'lobby' });
    expect(second.status).toBe(201);
    expect((second.body as Conversation).id).not.toBe(first.id);
  });

  test('is a new one when it has expired', async () => {
    const wanted = { kind: 'temporary', expiresIn: 1, uniqueKey: 'short' } as const;
    const first = await tom.create(wanted);
    const second = await eventually(async () => {
      const answer = await create(tom, wanted);
      expect(answer.status).toBe(201);
      return answer;
    });
    expect((second.body as Conversation).id).not.toBe(first.id);
  });
});

describe('a change', () => {
  test('is said by one event that names what is different', async () => {
    const group = await tom.create({
      name: 'Cats',
      attributes: { topic: 'cats', tags: { old: true, kept: 1 }, gone: 1 },
      members: named(jerry),
    });
    const client = await jerry.connect();
    const answer = await update(tom, group, {
      name: null,
      attributes: { topic: 'cats', tags: { old: null, new: [1] }, gone: null },
      joinRule: 'open',
    });
    expect(answer).toMatchObject({ status: 200, body: { name: null, joinRule: 'open', lastSeq: 2 } });
    expect((answer.body as Conversation).attributes).toEqual({ topic: 'cats', tags: { kept: 1, new: [1] } });
    const changes = {
      name: null,
      attributes: { tags: { old: null, new: [1] }, gone: null },
      joinRule: 'open',
    };
    expect(await updates(jerry, group)).toEqual([{ by: 'tom', changes }]);
    await eventually(() => {
      const heard = client.heard.find(({ name }) => name === 'conversation.updated');
      expect(heard?.payload).toMatchObject({ conversationId: group.id, senderId: 'tom', changes });
    });
  });

  test('of nothing makes no event', async () => {
    const group = await tom.create({ name: 'Cats', attributes: { a: { b: 1 } } });
    for (const patch of [
      {},
      { name: 'Cats' },
      { attributes: { a: { b: 1 } } },
      { state: 'active' },
    ] as Patch[]) {
      expect(await update(tom, group, patch)).toMatchObject({ status: 200, body: { lastSeq: 1 } });
    }
  });

  test('that makes attributes too large in sum changes nothing', async () => {
    const half = 'x'.repeat(10_000);
    const group = await tom.create({ attributes: { one: half } });
    expect(await update(tom, group, { name: 'New', attributes: { two: half } })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/attributes' }] },
    });
    expect((await read(tom, group)).body).toMatchObject({
      name: null,
      attributes: { one: half },
      lastSeq: 1,
    });
  });

  test('is for managers, of the state for owners, and for servers', async () => {
    const members = [{ userId: 'jerry', role: 'manager' as const }, { userId: 'spike' }];
    const group = await tom.create({ members });
    const outsider = await application.user('butch');
    expect(await update(outsider, group, { name: 'x' })).toMatchObject({ body: { code: 'not_a_member' } });
    expect(await update(spike, group, { name: 'x' })).toMatchObject({ body: { code: 'insufficient_role' } });
    expect(await update(jerry, group, { state: 'inactive' })).toMatchObject({
      body: { code: 'insufficient_role' },
    });
    expect((await update(jerry, group, { name: 'x' })).status).toBe(200);
    expect((await update(application, group, { name: 'y' })).status).toBe(200);
    expect(await updates(tom, group)).toMatchObject([{ by: 'jerry' }, { by: null }]);
  });

  test('of the state: an inactive conversation takes nothing but its activation', async () => {
    const group = await tom.create({ name: 'Cats' });
    expect(await update(tom, group, { state: 'inactive', name: 'Old' })).toMatchObject({
      status: 200,
      body: { state: 'inactive' },
    });
    expect((await tom.send(group, 'hello')).body).toMatchObject({ code: 'conversation_inactive' });
    expect(await update(tom, group, { name: 'New' })).toMatchObject({
      status: 409,
      body: { code: 'conversation_inactive' },
    });
    expect(await update(tom, group, { state: 'active', name: 'New' })).toMatchObject({
      status: 200,
      body: { state: 'active', name: 'New' },
    });
    expect((await tom.send(group, 'hello')).status).toBe(201);
    expect(await updates(tom, group)).toMatchObject([
      { changes: { state: 'inactive', name: 'Old' } },
      { changes: { state: 'active', name: 'New' } },
    ]);
  });

  test('repeated with its idempotency key is made once', async () => {
    const group = await tom.create({ attributes: { count: 1 } });
    const patch = { attributes: { count: 2 } };
    await update(tom, group, patch, 'k');
    await update(tom, group, { attributes: { count: 3 } });
    expect((await update(tom, group, patch, 'k')).body).toMatchObject({
      attributes: { count: 3 },
      lastSeq: 3,
    });
  });

  test('by another application finds no conversation', async () => {
    const group = await tom.create();
    const foreign = await world.application();
    for (const as of [foreign, await foreign.user('tom')]) {
      expect(await update(as, group, { name: 'x' })).toMatchObject({
        status: 404,
        body: { code: 'conversation_not_found' },
      });
    }
  });
});
