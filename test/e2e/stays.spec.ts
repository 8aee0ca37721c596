import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { findConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { listStoredEvents } from '#contracts/history.js';
import { operations } from '#contracts/rest/operations.js';
import { findStays, listStays, listStaysOfUser, type Stay, type StayState } from '#contracts/stays.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { Group, groupWithRoles } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let foreign: TestApplication;
let [ann, max, tom, jerry, spike]: TestUser[] = [];
let group: Group;

beforeAll(async () => {
  world = await SharedWorld.attach();
  [application, foreign] = [await world.application(), await world.application()];
  [ann, max, tom, jerry, spike] = await application.users('ann', 'max', 'tom', 'jerry', 'spike');
  group = await groupWithRoles(application);
  await group.invite(ann, spike);
  await group.leave(tom);
  await group.remove(max, jerry);
  await group.add(max, tom);
});
afterAll(() => world.close());

const here = () => ({ applicationId: application.id, conversationId: group.id });
const shown = ({ userId, state }: Stay): string => `${userId} ${state}`;

/** All of them, two on each page. */
async function listed(
  options: Partial<Pick<z.input<typeof listStays.question>, 'states' | 'order' | 'actor'>> = {},
): Promise<Stay[]> {
  const all: Stay[] = [];
  let cursor: string | null = null;
  do {
    const page: z.output<typeof listStays.answer> = await world.ask(listStays, {
      ...here(),
      ...{ actor: { kind: 'master' }, states: null, order: 'ascending', cursor, limit: 2 },
      ...options,
    });
    expect(page.stays.length).toBeLessThanOrEqual(2);
    all.push(...page.stays);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

async function refused(outcome: Promise<unknown>): Promise<string> {
  const error = await outcome.then(
    () => new Error('not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof HooklineError) return error.code;
  throw error;
}

describe('the stays in a conversation', () => {
  const everyOne = ['ann joined', 'max joined', 'tom left', 'jerry left', 'spike invited', 'tom joined'];

  test('come in the order in which they began, ended ones included, from either end', async () => {
    const ascending = await listed();
    // Those of the beginning began at once.
    expect(ascending.slice(0, 4).map(shown).toSorted()).toEqual(everyOne.slice(0, 4).toSorted());
    expect(ascending.slice(4).map(shown)).toEqual(everyOne.slice(4));
    expect(await listed({ order: 'descending' })).toEqual(ascending.toReversed());
  });

  test('say when each of them was what, and who has invited', async () => {
    const stays = await listed();
    const of = (line: string): Stay => stays.find((stay) => shown(stay) === line)!;
    const time = expect.any(Number);
    expect(of('max joined')).toMatchObject({ role: 'manager', joinedAt: time, leftAt: null });
    expect(of('spike invited')).toMatchObject({ inviterId: 'ann', invitedAt: time, joinedAt: null });
    const [former, present] = [of('tom left'), of('tom joined')];
    expect(former).toMatchObject({ joinedAt: time, leftAt: time });
    expect(present.joinedAt!).toBeGreaterThanOrEqual(former.leftAt!);
    expect(present.id).not.toBe(former.id);
  });

  test.each<[StayState[], string[]]>([
    [['joined'], ['ann joined', 'max joined', 'tom joined']],
    [
      ['invited', 'joined'],
      ['ann joined', 'max joined', 'spike invited', 'tom joined'],
    ],
    [['left'], ['jerry left', 'tom left']],
    [
      ['left', 'invited'],
      ['jerry left', 'spike invited', 'tom left'],
    ],
  ])('are those of %j when asked for them', async (states, expected) => {
    const ascending = await listed({ states });
    expect(ascending.map(shown).toSorted()).toEqual(expected);
    expect(await listed({ states, order: 'descending' })).toEqual(ascending.toReversed());
  });

  test('are for whoever may list the members', async () => {
    const as = (userId: string) => listed({ actor: { kind: 'user', userId } });
    expect(await as('tom')).toEqual(await listed());
    for (const userId of ['spike', 'jerry', 'nobody']) expect(await refused(as(userId))).toBe('not_a_member');
    const question = { actor: { kind: 'master' } as const, states: null, order: 'ascending' as const };
    const theirs = { ...here(), applicationId: foreign.id, ...question, cursor: null, limit: 2 };
    expect(await refused(world.ask(listStays, theirs))).toBe('conversation_not_found');
    const wrong = { ...here(), ...question, cursor: 'x', limit: 2 };
    expect(await refused(world.ask(listStays, wrong))).toBe('invalid_cursor');
  });

  test('are found by their ids, ended ones too, and present ones by their users', async () => {
    const all = await listed();
    const ids = all.map(({ id }) => id);
    const byIds = await world.ask(findStays, { ...here(), by: { ids } });
    expect(byIds.stays.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))).toEqual(all);
    const userIds = ['tom', 'jerry', 'spike', 'nobody'];
    const { stays } = await world.ask(findStays, { ...here(), by: { userIds } });
    expect(stays.map(shown).toSorted()).toEqual(['spike invited', 'tom joined']);
    // An id of another conversation, or of another application, finds nothing.
    const other = await application.group([tom!]);
    expect(await world.ask(findStays, { ...here(), conversationId: other.id, by: { ids } })).toEqual({
      stays: [],
    });
    const theirs = { ...here(), applicationId: foreign.id, by: { ids } };
    expect(await refused(world.ask(findStays, theirs))).toBe('conversation_not_found');
  });
});

describe('the stays of a user', () => {
  test('are the latest in each conversation, in the order of the conversations, from page to page', async () => {
    const own = await world.application();
    const [anna, berta] = await own.users('anna', 'berta');
    const groups: Group[] = [];
    for (let count = 0; count < 4; count += 1)
      groups.push(new Group((await own.group([anna, berta])).id, own));
    await own.service();
    const [first, second, third, fourth] = groups as [Group, Group, Group, Group];
    await first.leave(anna);
    await second.leave(anna);
    await second.add(own, anna);
    await third.leave(anna);
    await third.invite(own, anna);
    const ofAnna = async (states: StayState[] | null, order: 'ascending' | 'descending', app = own) => {
      const lines: string[] = [];
      let cursor: string | null = null;
      do {
        const page: z.output<typeof listStaysOfUser.answer> = await world.ask(listStaysOfUser, {
          ...{ applicationId: app.id, userId: 'anna', states, order, cursor, limit: 2 },
        });
        lines.push(...page.stays.map(({ conversation, stay }) => `${conversation.id} ${stay.state}`));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return lines;
    };
    const all = [`${first.id} left`, `${second.id} joined`, `${third.id} invited`, `${fourth.id} joined`];
    expect(await ofAnna(null, 'ascending')).toEqual(all);
    expect(await ofAnna(null, 'descending')).toEqual(all.toReversed());
    expect(await ofAnna(['joined'], 'ascending')).toEqual([all[1], all[3]]);
    expect(await ofAnna(['left', 'invited'], 'descending')).toEqual([all[2], all[0]]);
    expect(await ofAnna(null, 'ascending', foreign)).toEqual([]);
    await own.call(operations.deleteConversation, { parameters: { conversationId: fourth.id } });
    expect(await ofAnna(['joined'], 'ascending')).toEqual([all[1]]);
  });
});

describe('events by their places', () => {
  const seqs = async (
    question: Partial<z.input<typeof listStoredEvents.question>>,
  ): Promise<[number[], number | null]> => {
    const { events, nextSeq } = await world.ask(listStoredEvents, {
      ...here(),
      ...{ actor: { kind: 'master' }, types: null, order: 'ascending', limit: 200 },
      ...{ fromSeq: null, toSeq: null },
      ...question,
    });
    return [events.map(({ event }) => event.seq), nextSeq];
  };

  test('are those between two places, in either order, and where to go on', async () => {
    expect(await seqs({})).toEqual([[1, 2, 3, 4, 5], null]);
    expect(await seqs({ fromSeq: 2, toSeq: 4 })).toEqual([[2, 3, 4], null]);
    expect(await seqs({ fromSeq: 2, toSeq: 4, order: 'descending' })).toEqual([[4, 3, 2], null]);
    expect(await seqs({ limit: 2 })).toEqual([[1, 2], 3]);
    expect(await seqs({ limit: 2, order: 'descending' })).toEqual([[5, 4], 3]);
    expect(await seqs({ fromSeq: 3, limit: 2, order: 'descending', toSeq: 5 })).toEqual([[5, 4], 3]);
    expect(await seqs({ fromSeq: 9 })).toEqual([[], null]);
    expect(await seqs({ types: ['member.left'] })).toEqual([[3, 4], null]);
    expect(await seqs({ types: ['message'] })).toEqual([[], null]);
  });

  test('are for members, and as far as each may see', async () => {
    const as = (userId: string) => seqs({ actor: { kind: 'user', userId } });
    expect((await as('ann'))[0]).toEqual([1, 2, 3, 4, 5]);
    for (const userId of ['spike', 'jerry', 'nobody']) expect(await refused(as(userId))).toBe('not_a_member');
    expect(await refused(seqs({ applicationId: foreign.id }))).toBe('conversation_not_found');
  });

  test('say by which stay their sender was in, also when it was in by several', async () => {
    const own = await world.application();
    const [anna, berta] = await own.users('anna', 'berta');
    const talk = new Group((await own.group([anna, berta])).id, own);
    const where = { applicationId: own.id, conversationId: talk.id };
    const stayOf = async (userIds: string[]) =>
      (await world.ask(findStays, { ...where, by: { userIds } })).stays[0]!.id;
    const first = await stayOf(['anna']);
    await anna.send(talk, 'one');
    await talk.leave(anna);
    await talk.add(own, anna);
    const second = await stayOf(['anna']);
    await anna.send(talk, 'two');
    await own.call(operations.sendMessage, {
      parameters: { conversationId: talk.id },
      body: { senderId: 'anna', content: { type: 'text', text: 'three' } },
    });
    const { events } = await world.ask(listStoredEvents, {
      ...{ ...where, actor: { kind: 'master' }, types: ['message'], order: 'ascending', limit: 9 },
      ...{ fromSeq: null, toSeq: null },
    });
    expect(second).not.toBe(first);
    expect(events.map(({ senderMemberId }) => senderMemberId)).toEqual([first, second, second]);
  });
});

test('a conversation is found by its unique key, and by none of another application', async () => {
  const made = await tom!.create({ uniqueKey: 'kitchen', members: [{ userId: 'jerry' }] });
  const found = async (applicationId: string, uniqueKey: string) =>
    (await world.ask(findConversation, { applicationId, uniqueKey })).conversation?.id ?? null;
  expect(await found(application.id, 'kitchen')).toBe(made.id);
  expect(await found(application.id, 'Kitchen')).toBeNull();
  expect(await found(foreign.id, 'kitchen')).toBeNull();
  await tom!.deleteConversation(made);
  expect(await found(application.id, 'kitchen')).toBeNull();
});
