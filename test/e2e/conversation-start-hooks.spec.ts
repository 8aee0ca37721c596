import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import type { Conversation, newConversation } from '#contracts/conversations.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { requestOf } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer } from '../harness/signed-server.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

/** Of hooks that do something themselves before they answer. */
const patient = { deadline: limits.hookDeadlineMaximum };

beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});

const rejection = { code: 1234, detail: 'Please invite at least 3 people to the conversation' };
const rejects = () => ({ action: 'reject', ...rejection });
const rejected = { problem: { status: 403, code: 'rejected_by_hook', hook: rejection } };
const withJerry = [{ userId: 'jerry' }];

async function conversations(): Promise<Conversation[]> {
  const answer = await application.call<{ conversations: Conversation[] }>(operations.listConversations);
  return answer.conversations;
}

/** With the status of the answer: 201 for a new one, 200 for one that was found. */
function create(
  as: TestUser | TestApplication,
  body: z.input<typeof newConversation>,
  idempotencyKey?: string,
) {
  return world.rest(requestOf(operations.createConversation, { as, body, idempotencyKey }));
}

describe('conversationStart', () => {
  test('seed 002: fewer than 4 members are no conversation; nothing of it stays, not even its id', async () => {
    const hook = await application.on('conversationStart', ({ body }) =>
      body.members.length < 4 ? rejects() : {},
    );
    const wanted = { id: 'tom-and-jerry', name: 'Tom & Jerry', attributes: { topic: 'cats' } };
    await expect(tom.create({ ...wanted, members: withJerry })).rejects.toMatchObject(rejected);
    expect(await conversations()).toEqual([]);
    await application.users('spike', 'butch');
    const members = ['jerry', 'spike', 'butch'].map((userId) => ({ userId }));
    expect(await tom.create({ ...wanted, members })).toMatchObject({
      id: 'tom-and-jerry',
      number: 1,
      lastSeq: 1,
    });
    const asked = {
      hook: 'conversationStart',
      applicationId: application.id,
      conversation: { id: 'tom-and-jerry', kind: 'group', attributes: { topic: 'cats' } },
      origin: { address: '127.0.0.1', dialect: 'native' },
      initiatorId: 'tom',
      name: 'Tom & Jerry',
    };
    expect(hook.bodies).toEqual([
      { ...asked, members: ['tom', 'jerry'], id: expect.any(String), timestamp: expect.any(Number) },
      {
        ...asked,
        members: ['tom', 'jerry', 'spike', 'butch'],
        id: expect.any(String),
        timestamp: expect.any(Number),
      },
    ]);
  });

  test('a server has no initiator; its owner is a member; of a room there is the owner alone', async () => {
    const hook = await application.on('conversationStart', () => ({}));
    const { id } = await application.group([jerry], { ownerId: 'tom' });
    await application.group([], { kind: 'room' });
    await tom.create({ kind: 'room' });
    expect(hook.bodies).toMatchObject([
      { conversation: { id, kind: 'group', attributes: {} }, initiatorId: null, members: ['tom', 'jerry'] },
      { conversation: { kind: 'room' }, initiatorId: null, members: [], name: null },
      { conversation: { kind: 'room' }, initiatorId: 'tom', members: ['tom'] },
    ]);
  });

  test('is not asked when the unique one is found, and is when it does not exist any more', async () => {
    const hook = await application.on('conversationStart', () => ({}));
    const unique = { unique: true, members: withJerry };
    const first = await create(tom, unique);
    const again = await create(jerry, { unique: true, members: [{ userId: 'tom' }] });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(hook.bodies).toHaveLength(1);
    await tom.deleteConversation(first.body as Conversation);
    expect((await create(tom, unique)).status).toBe(201);
    expect(hook.bodies).toHaveLength(2);
  });

  test('who finds that somebody else has created the unique one while the hooks thought, is answered that one', async () => {
    let isFirst = true;
    const hook = await application.on(
      'conversationStart',
      async () => {
        if (!isFirst) return {};
        isFirst = false;
        expect((await create(jerry, { uniqueKey: 'us', members: [{ userId: 'tom' }] })).status).toBe(201);
        return {};
      },
      patient,
    );
    const { status, body } = await create(tom, { uniqueKey: 'us', members: withJerry });
    expect([status, (body as Conversation).createdBy]).toEqual([200, 'jerry']);
    expect(hook.bodies).toHaveLength(2);
    expect(await conversations()).toHaveLength(1);
  });

  test('a unique one that is found, and deleted before that is answered: 503, and no hook was passed by', async () => {
    const hook = await application.on('conversationStart', () => ({}));
    const unique = { uniqueKey: 'us', members: withJerry };
    const { id } = (await create(tom, unique)).body as Conversation;
    expect(hook.bodies).toHaveLength(1);
    // Once it has been found, what remains to be done waits for its idempotency key.
    const held = await world.database.hold(
      `INSERT INTO conversation.request (application_id, namespace, key, fingerprint, outcome, expires_at)
       VALUES ($1, 'user:tom', 'us', '', 'null', now())`,
      application.id,
    );
    const found = create(tom, unique, 'us');
    await eventually(async () => expect(await held.waiting()).toBe(1));
    await tom.deleteConversation({ id });
    await held.letGo();
    expect(await found).toMatchObject({
      status: 503,
      body: {
        code: 'service_unavailable',
        retryable: true,
        detail: 'The conversation has changed meanwhile; repeat the request',
      },
    });
    expect(await conversations()).toEqual([]);
    expect(hook.bodies).toHaveLength(1);
    expect((await create(tom, unique, 'us')).status).toBe(201);
    expect(hook.bodies).toHaveLength(2);
  });

  test('is not asked for what cannot be', async () => {
    const hook = await application.on('conversationStart', () => ({}));
    await application.user('spike');
    await jerry.call(operations.blockUser, { parameters: { userId: 'jerry', blockedUserId: 'tom' } });
    const others = await application.group([jerry], { id: 'taken', uniqueKey: 'theirs' });
    expect(hook.bodies).toHaveLength(1);
    for (const [body, code] of [
      [{ id: others.id }, 'conversation_exists'],
      [{ uniqueKey: 'theirs' }, 'not_a_member'],
      [{ members: withJerry }, 'sender_blocked'],
      [{ members: [{ userId: 'nobody' }] }, 'user_not_found'],
    ] as const)
      expect(
        await refusal(tom.create({ ...body, members: [...('members' in body ? body.members : [])] })),
      ).toBe(code);
    expect(hook.bodies).toHaveLength(1);
  });

  test('with an idempotency key the first verdict is kept, and no hook asked again', async () => {
    const hook = await application.on('conversationStart', rejects);
    const first = await create(tom, { members: withJerry }, 'refused');
    expect(first).toMatchObject({ status: 403, body: { code: 'rejected_by_hook', hook: rejection } });
    hook.behave(() => ({}));
    expect((await create(tom, { members: withJerry }, 'refused')).body).toEqual(first.body);
    const created = await create(tom, { members: withJerry }, 'created');
    await application.deleteHook(hook);
    expect((await create(tom, { members: withJerry }, 'created')).body).toEqual(created.body);
    expect((await create(tom, { members: withJerry }, 'refused')).body).toEqual(first.body);
    expect(hook.bodies).toHaveLength(2);
    expect(await conversations()).toHaveLength(1);
  });

  test('with one key many times at once creates one', async () => {
    await application.on('conversationStart', () => ({}));
    const body = { id: 'once', members: withJerry };
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(tom, body, 'once')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await conversations()).toHaveLength(1);
  });

  test.each([
    ['continue', 201],
    ['abort', 502],
  ] as const)('a failing hook does by its policy: %s', async (failurePolicy, status) => {
    await application.on('conversationStart', () => new HttpAnswer(500), { failurePolicy });
    expect((await create(tom, { members: withJerry })).status).toBe(status);
    expect(await conversations()).toHaveLength(status === 201 ? 1 : 0);
  });
});
