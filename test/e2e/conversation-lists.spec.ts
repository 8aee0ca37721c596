import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation, conversationPatch } from '#contracts/conversations.js';
import type { JsonValue } from '#contracts/json-value.js';
import { operations } from '#contracts/rest/operations.js';
import type { z } from 'zod';
import type { TestApplication, TestUser } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';

interface Caller {
  readonly authorization: string;
}
interface Page {
  readonly conversations: Conversation[];
  readonly nextCursor: string | null;
}
type Query = Readonly<Record<string, string | number | undefined>>;

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});

function list(as: Caller, query: Query = {}): Promise<Page> {
  return world.call(operations.listConversations, { as, query });
}

/** Ids on all pages, in order. */
async function ids(as: Caller, query: Query = {}): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const { conversations, nextCursor } = await list(as, { ...query, cursor });
    found.push(...conversations.map(({ id }) => id));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

const having = (attributes: Record<string, JsonValue>): Query => ({ attributes: JSON.stringify(attributes) });

async function update(
  { id: conversationId }: { readonly id: string },
  body: z.input<typeof conversationPatch>,
): Promise<void> {
  await application.call(operations.updateConversation, { parameters: { conversationId }, body });
}

/** One after the other, so that their order is known. */
async function groups(...wanted: readonly string[]): Promise<void> {
  for (const id of wanted) await tom.create({ id });
}

describe('the conversations of a user', () => {
  test('are those that it is in, of its application', async () => {
    await groups('a', 'b');
    await jerry.create({ id: 'c', members: [{ userId: 'tom' }] });
    await application.remove({ id: 'a' }, tom);
    const foreign = await world.application();
    const foreigner = await foreign.user('tom');
    await foreigner.create({ id: 'd' });
    expect(await ids(tom)).toEqual(['b', 'c']);
    expect(await ids(application, { userId: 'tom' })).toEqual(['b', 'c']);
    expect(await ids(jerry)).toEqual(['c']);
    expect(await ids(foreigner)).toEqual(['d']);
    expect(await ids(foreign, { userId: 'jerry' })).toEqual([]);
    await expect(list(tom, { userId: 'jerry' })).rejects.toMatchObject({ status: 400 });
  });

  test('come in the order of their creation, page by page', async () => {
    await groups('a', 'b', 'c', 'd', 'e');
    expect(await ids(tom, { limit: 2 })).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await ids(tom, { limit: 2, order: 'newest' })).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect((await list(tom, { limit: 5 })).nextCursor).toBeNull();
  });

  test('come by their newest event, page by page', async () => {
    await groups('a', 'b', 'c', 'd');
    for (const id of ['b', 'd', 'a']) await tom.send({ id }, 'hello');
    expect(await ids(tom, { order: 'active' })).toEqual(['a', 'd', 'b', 'c']);
    expect(await ids(tom, { order: 'active', limit: 1 })).toEqual(['a', 'd', 'b', 'c']);
    const [newest] = (await list(tom, { order: 'active' })).conversations;
    const [event] = (await tom.history({ id: 'a' })).toReversed();
    expect(newest?.lastActivityAt).toBe(event?.timestamp);
  });

  test('by activity refuse a cursor of another list', async () => {
    await groups('a', 'b');
    const { nextCursor } = await list(tom, { limit: 1 });
    await expect(list(tom, { order: 'active', cursor: nextCursor! })).rejects.toMatchObject({
      problem: { code: 'invalid_cursor' },
    });
  });

  test('may be of one kind, and have some attributes', async () => {
    await groups('a');
    await tom.create({ id: 'b', kind: 'temporary', attributes: { topic: 'cats' } });
    await tom.create({ id: 'c', kind: 'temporary' });
    await jerry.create({ id: 'd', attributes: { topic: 'cats' } });
    for (const order of ['oldest', 'active']) {
      expect((await ids(tom, { kind: 'temporary', order })).sort()).toEqual(['b', 'c']);
      expect(await ids(tom, { ...having({ topic: 'cats' }), order })).toEqual(['b']);
      expect(await ids(tom, { kind: 'group', ...having({ topic: 'cats' }), order })).toEqual([]);
    }
  });
});

describe('the conversations of an application', () => {
  test('are all of its own, or of one kind', async () => {
    await groups('a');
    await jerry.create({ id: 'b', kind: 'temporary' });
    await tom.create({ id: 'c', kind: 'room' });
    const foreign = await world.application();
    await (await foreign.user('tom')).create({ id: 'd' });
    expect(await ids(application, { limit: 1 })).toEqual(['a', 'b', 'c']);
    expect(await ids(application, { order: 'newest', limit: 1 })).toEqual(['c', 'b', 'a']);
    expect(await ids(application, { kind: 'room' })).toEqual(['c']);
    expect(await ids(foreign)).toEqual(['d']);
  });

  test('are found by equal attributes, all of them', async () => {
    const create = (id: string, attributes: Record<string, JsonValue>) => tom.create({ id, attributes });
    await create('a', { topic: 'cats', rank: 1, open: true });
    await create('b', { topic: 'cats', rank: '1', open: false });
    await create('c', { topic: 'dogs', rank: 1.5, name: 'Zoë "the dog"' });
    const expected: [Record<string, JsonValue>, string[]][] = [
      [{ topic: 'cats' }, ['a', 'b']],
      [{ rank: 1 }, ['a']],
      [{ rank: '1' }, ['b']],
      [{ rank: 1.5 }, ['c']],
      [{ open: false }, ['b']],
      [{ topic: 'cats', open: true, rank: 1 }, ['a']],
      [{ topic: 'cats', rank: 1.5 }, []],
      [{ name: 'Zoë "the dog"' }, ['c']],
      [{ topic: 'Cats' }, []],
    ];
    for (const [attributes, found] of expected) {
      expect(await ids(application, { ...having(attributes), limit: 1 })).toEqual(found);
    }
    const foreign = await world.application();
    expect(await ids(foreign, having({ topic: 'cats' }))).toEqual([]);
  });

  test('are found by what their attributes are now', async () => {
    const group = await tom.create({ attributes: { topic: 'cats', mood: 'good' } });
    await update(group, { attributes: { topic: 'dogs', mood: null, place: 'here' } });
    for (const [attributes, isFound] of [
      [{ topic: 'cats' }, false],
      [{ mood: 'good' }, false],
      [{ topic: 'dogs' }, true],
      [{ place: 'here' }, true],
    ] as const) {
      expect(await ids(application, having(attributes))).toEqual(isFound ? [group.id] : []);
    }
    await tom.deleteConversation(group);
    expect(await ids(application, having({ place: 'here' }))).toEqual([]);
  });

  test('are not found by what is not indexed, and not refused for having it', async () => {
    const long = 'x'.repeat(199);
    const group = await tom.create({ attributes: { long, short: long.slice(1), list: [1], none: null } });
    expect(await ids(application, having({ short: long.slice(1) }))).toEqual([group.id]);
    for (const attributes of [{ long }, { list: [1] }, { none: null }]) {
      await expect(list(application, having(attributes))).rejects.toMatchObject({
        problem: {
          code: 'invalid_request',
          errors: [{ pointer: expect.stringMatching('^/query/attributes') }],
        },
      });
    }
  });
});

test('a page that looks at many conversations in vain says that there are more', async () => {
  await world.database.sql(
    `WITH made AS (
       INSERT INTO conversation.conversation (application_id, id, number, kind)
       SELECT $1, 'many ' || number, 1000 + number, 'group' FROM generate_series(1, 1500) AS number RETURNING key
     ), headed AS (
       INSERT INTO conversation.conversation_head (conversation_key) SELECT key FROM made
     )
     INSERT INTO conversation.conversation_attribute (application_id, name, value, conversation_key)
     SELECT $1, 'topic', '"cats"', key FROM made`,
    application.id,
  );
  const last = await tom.create({ attributes: { topic: 'cats', mood: 'good' } });
  const first = await list(application, having({ topic: 'cats', mood: 'good' }));
  expect(first.conversations).toEqual([]);
  expect(first.nextCursor).not.toBeNull();
  expect(await ids(application, having({ topic: 'cats', mood: 'good' }))).toEqual([last.id]);
});
