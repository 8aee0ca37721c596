import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConversationBlock, UserBlock } from '#contracts/blocks.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, memberEvents, refusal, type Group } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let ann: TestUser;
let max: TestUser;
let tom: TestUser;
let jerry: TestUser;
let group: Group;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
  [ann, max, tom, jerry] = await application.users('ann', 'max', 'tom', 'jerry');
  group = await groupWithRoles(application);
});

type Caller = TestApplication | TestUser;

function block(by: Caller, { id: userId }: { id: string }, seconds?: number): Promise<ConversationBlock> {
  const body = { userId, ...(seconds !== undefined && { seconds }) };
  return group.ask(by, operations.blockInConversation, { body });
}

function unblock(by: Caller, { id: userId }: TestUser): Promise<unknown> {
  return group.ask(by, operations.unblockInConversation, { parameters: { userId } });
}

async function blocked(by: Caller, query = {}): Promise<string[]> {
  const page = await group.ask<{ blocks: ConversationBlock[] }>(by, operations.listConversationBlocks, {
    query,
  });
  return page.blocks.map(({ userId }) => userId);
}

describe('blocks of a conversation', () => {
  test('a blocked member is removed, and can neither be invited, added nor join until unblocked', async () => {
    const client = await tom.connect();
    const made = await block(max, tom);
    expect(made).toEqual({ userId: 'tom', blockedBy: 'max', blockedAt: expect.any(Number) });
    await eventually(() => {
      expect(client.events(group)).toMatchObject([{ type: 'member.left', senderId: 'max' }]);
    });
    await world.database.sql(
      `UPDATE conversation.conversation SET join_rule = 'open' WHERE id = $1`,
      group.id,
    );
    for (const attempt of [
      group.invite(ann, tom),
      group.add(ann, tom),
      group.add(application, tom),
      group.join(tom),
    ])
      expect(await refusal(attempt)).toBe('user_blocked');
    expect(await blocked(max)).toEqual(['tom']);
    await unblock(max, tom);
    await unblock(max, tom);
    expect(await blocked(max)).toEqual([]);
    await group.join(tom);
  });

  test('an invitation ends with it, and so does it with its time', async () => {
    const spike = await application.user('spike');
    await group.invite(ann, spike);
    const { blockedAt, expiresAt } = await block(max, spike, 60);
    expect(expiresAt).toBe(blockedAt + 60_000);
    expect(memberEvents(await group.timeline()).at(-1)).toMatchObject({ type: 'member.left' });
    expect(await refusal(group.invite(ann, spike))).toBe('user_blocked');
    await world.database.sql(
      `UPDATE conversation.conversation_block SET expires_at = now() - interval '1 second'
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE application_id = $1 AND id = $2)`,
      application.id,
      group.id,
    );
    expect(await blocked(ann)).toEqual([]);
    await group.invite(ann, spike);
  });

  test('only managers and owners block and see blocks, over whoever is less', async () => {
    const spike = await application.user('spike');
    for (const [by, code] of [
      [tom, 'insufficient_role'],
      [spike, 'not_a_member'],
    ] as const) {
      expect(await refusal(block(by, jerry))).toBe(code);
      expect(await refusal(unblock(by, jerry))).toBe(code);
      expect(await refusal(blocked(by))).toBe(code);
    }
    expect(await refusal(block(max, ann))).toBe('insufficient_role');
    expect(await refusal(block(max, { id: 'nobody' }))).toBe('user_not_found');
    const foreign = await world.application();
    for (const attempt of [block(foreign, tom), unblock(foreign, tom), blocked(foreign)])
      expect(await refusal(attempt)).toBe('conversation_not_found');
    for (const each of [spike, tom, jerry]) await block(application, each);
    const first = await group.ask<{ blocks: unknown[]; nextCursor: string }>(
      ann,
      operations.listConversationBlocks,
      { query: { limit: 2 } },
    );
    expect(first.blocks).toMatchObject([{ userId: 'jerry', blockedBy: null }, { userId: 'spike' }]);
    expect(await blocked(ann, { limit: 2, cursor: first.nextCursor })).toEqual(['tom']);
  });

  test('a join beside a block: whichever is first, the blocked user is out', async () => {
    const spike = await application.user('spike');
    await group.invite(ann, spike);
    await Promise.allSettled([group.join(spike), block(max, spike)]);
    expect((await group.members(ann)).members.map(({ userId }) => userId)).not.toContain('spike');
    expect(memberEvents(await group.timeline()).at(-1)).toMatchObject({ type: 'member.left' });
  });
});

describe('blocks of a user', () => {
  const blockUser = (by: Caller, userId: string, blockedUserId: string): Promise<UserBlock> =>
    world.call(operations.blockUser, { as: by, parameters: { userId, blockedUserId } });
  const unblockUser = (by: Caller, userId: string, blockedUserId: string): Promise<unknown> =>
    world.call(operations.unblockUser, { as: by, parameters: { userId, blockedUserId } });

  test('who is blocked can neither invite, add, begin a conversation nor send where only the two are in', async () => {
    const both = await application.group([tom, jerry]);
    const three = await application.group([tom, jerry, ann]);
    await blockUser(jerry, 'jerry', 'tom');
    for (const hooked of [false, true]) {
      const hook = hooked ? await application.hook(() => ({})) : undefined;
      expect((await tom.send(both, 'hello')).body).toMatchObject({ status: 403, code: 'sender_blocked' });
      expect((await tom.send(three, 'hello')).status).toBe(201);
      expect((await jerry.send(both, 'I do not hear you')).status).toBe(201);
      expect(hook?.received.length ?? 0).toBe(hooked ? 2 : 0);
      if (hook) await application.deleteHook(hook);
    }
    await group.remove(ann, jerry);
    await group.transfer(ann, tom);
    expect(await refusal(group.invite(tom, jerry))).toBe('sender_blocked');
    expect(await refusal(group.add(tom, jerry))).toBe('sender_blocked');
    expect(await refusal(tom.create({ members: [{ userId: 'jerry' }] }))).toBe('sender_blocked');
    await group.add(ann, jerry);
    await unblockUser(jerry, 'jerry', 'tom');
    expect((await tom.send(both, 'hello again')).status).toBe(201);
  });

  test('it holds for whoever is left alone with the blocker, and while a send waits', async () => {
    const client = await tom.connect();
    const three = await application.group([tom, jerry, ann]);
    await blockUser(application, 'jerry', 'tom');
    stored(await client.send(three, 'to both'));
    await application.remove(three, ann);
    expect(await client.send(three, 'to one')).toMatchObject({ error: { code: 'sender_blocked' } });
    await application.remove(three, jerry);
    stored(await client.send(three, 'to nobody'));
  });

  test("the list is the user's own, page by page; blocking again changes nothing", async () => {
    const first = await blockUser(tom, 'tom', 'jerry');
    expect(first).toEqual({ userId: 'jerry', blockedAt: expect.any(Number) });
    expect(await blockUser(tom, 'tom', 'jerry')).toEqual(first);
    await blockUser(tom, 'tom', 'max');
    const list = (by: Caller, query = {}) =>
      world.call<{ blocks: UserBlock[]; nextCursor: string | null }>(operations.listUserBlocks, {
        as: by,
        parameters: { userId: 'tom' },
        query,
      });
    const page = await list(tom, { limit: 1 });
    expect(page.blocks).toEqual([first]);
    expect(await list(application, { cursor: page.nextCursor! })).toMatchObject({
      blocks: [{ userId: 'max' }],
      nextCursor: null,
    });
    const get = (by: Caller, blockedUserId: string) =>
      world.call(operations.getUserBlock, { as: by, parameters: { userId: 'tom', blockedUserId } });
    expect(await get(tom, 'jerry')).toEqual(first);
    await unblockUser(tom, 'tom', 'jerry');
    await unblockUser(tom, 'tom', 'jerry');
    expect(await refusal(get(application, 'jerry'))).toBe('block_not_found');
    for (const attempt of [
      blockUser(jerry, 'tom', 'max'),
      unblockUser(jerry, 'tom', 'max'),
      get(jerry, 'max'),
      list(jerry),
    ])
      expect(await refusal(attempt)).toBe('forbidden');
    expect(await refusal(blockUser(tom, 'tom', 'nobody'))).toBe('user_not_found');
  });

  test('a block in one application says nothing in another one', async () => {
    const foreign = await world.application();
    const [theirTom, theirJerry] = await foreign.users('tom', 'jerry');
    await blockUser(jerry, 'jerry', 'tom');
    const both = await foreign.group([theirTom, theirJerry]);
    expect((await theirTom.send(both, 'hello')).status).toBe(201);
    await blockUser(foreign, 'tom', 'jerry');
    const { blocks } = await world.call<{ blocks: UserBlock[] }>(operations.listUserBlocks, {
      as: application,
      parameters: { userId: 'tom' },
    });
    expect(blocks).toEqual([]);
  });
});
