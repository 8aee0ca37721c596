import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { eventsBetween, type HistoryBound } from '#contracts/history.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { groupWithRoles } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
});
afterAll(() => world.close());

type Question = z.input<typeof eventsBetween.question>;

interface Stored {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
}

/** A conversation whose events are messages of these times, in that order; what came before them has gone. */
async function timeline(times: readonly number[]): Promise<{ conversationId: string; stored: Stored[] }> {
  const conversationId = randomUUID();
  const stored = times.map((at, index) => ({ id: randomUUID(), seq: index + 4, at }));
  await world.database.sql(
    `WITH made AS (
      INSERT INTO conversation.conversation (application_id, id, number, kind, first_seq)
      SELECT $1, $2, coalesce(max(number), 0) + 1, 'group', 4 FROM conversation.conversation WHERE application_id = $1
      RETURNING key
    ), headed AS (
      INSERT INTO conversation.conversation_head (conversation_key, last_seq, last_timestamp)
      SELECT key, 3 + cardinality($3::uuid[]), now() FROM made
    )
    INSERT INTO conversation.event
      (id, conversation_key, seq, type, sender_id, content_type, content, audience, created_at)
    SELECT given.id, made.key, 3 + given.place, 'message', 'tom', 'text', '"x"', 'everyone',
      'epoch'::timestamptz + given.at * interval '1 millisecond'
    FROM made CROSS JOIN unnest($3::uuid[], $4::float8[]) WITH ORDINALITY AS given(id, at, place)`,
    application.id,
    conversationId,
    `{${stored.map(({ id }) => id).join(',')}}`,
    `{${times.join(',')}}`,
  );
  return { conversationId, stored };
}

/** The seqs of everything between two bounds, page by page. */
async function seqsBetween(
  conversationId: string,
  asked: Pick<Question, 'order' | 'start' | 'stop'> & Partial<Question>,
): Promise<number[]> {
  const seqs: number[] = [];
  let cursor: string | null = null;
  do {
    const answer: z.output<typeof eventsBetween.answer> = await world.ask(eventsBetween, {
      ...{ applicationId: application.id, conversationId, viewer: null, types: null, limit: 4 },
      ...asked,
      cursor,
    });
    seqs.push(...answer.events.map(({ seq }) => seq));
    cursor = answer.nextCursor;
  } while (cursor !== null);
  return seqs;
}

const t = (timestamp: number, inclusive = false): HistoryBound => ({ eventId: null, timestamp, inclusive });

describe('three messages, as LeanCloud’s guide has them', () => {
  const spread = [1_000, 2_000, 3_000];
  const descending: [boolean, boolean, number[]][] = [
    [false, false, [5]],
    [true, false, [6, 5]],
    [false, true, [5, 4]],
    [true, true, [6, 5, 4]],
  ];

  test.each(descending)(
    'from the third to the first; the start %s, the stop %s',
    async (first, last, expected) => {
      const { conversationId, stored } = await timeline(spread);
      const [one, , three] = stored as [Stored, Stored, Stored];
      const bound = ({ id, at }: Stored, inclusive: boolean): HistoryBound => ({
        eventId: id,
        timestamp: at,
        inclusive,
      });
      const back = { order: 'descending', start: bound(three, first), stop: bound(one, last) } as const;
      expect(await seqsBetween(conversationId, back)).toEqual(expected);
      const byTime = { order: 'descending', start: t(three.at, first), stop: t(one.at, last) } as const;
      expect(await seqsBetween(conversationId, byTime)).toEqual(expected);
      const forth = { order: 'ascending', start: bound(one, last), stop: bound(three, first) } as const;
      expect(await seqsBetween(conversationId, forth)).toEqual(expected.toReversed());
      const byTimeForth = { order: 'ascending', start: t(one.at, last), stop: t(three.at, first) } as const;
      expect(await seqsBetween(conversationId, byTimeForth)).toEqual(expected.toReversed());
    },
  );

  test('in one millisecond they are told apart by their ids alone', async () => {
    const { conversationId, stored } = await timeline([1_000, 1_000, 1_000]);
    const [one, two, three] = stored as [Stored, Stored, Stored];
    const bound = ({ id, at }: Stored): HistoryBound => ({ eventId: id, timestamp: at, inclusive: false });
    const ids = { order: 'descending', start: bound(three), stop: bound(one) } as const;
    expect(await seqsBetween(conversationId, ids)).toEqual([two.seq]);
    expect(await seqsBetween(conversationId, { ...ids, start: t(1_000), stop: t(0) })).toEqual([]);
    expect(await seqsBetween(conversationId, { ...ids, start: t(1_000, true), stop: t(0) })).toEqual([
      6, 5, 4,
    ]);
  });

  test('an id that the conversation does not have counts for nothing', async () => {
    const { conversationId } = await timeline(spread);
    const { stored } = await timeline([1]);
    const unknown = { eventId: stored[0]!.id, inclusive: false };
    const order = 'descending';
    const start = { ...unknown, timestamp: 2_000 };
    expect(await seqsBetween(conversationId, { order, start, stop: null })).toEqual([4]);
    expect(
      await seqsBetween(conversationId, { order, start: { ...unknown, timestamp: null }, stop: null }),
    ).toEqual([6, 5, 4]);
  });
});

test('any bounds answer what a filter of all events does', async () => {
  const time = fc.integer({ min: 0, max: 5 });
  const shape = fc.record({ inclusive: fc.boolean(), time: fc.option(time), place: fc.option(fc.nat(9)) });
  const bound = fc.option(shape);
  const times = fc.array(time, { maxLength: 10 });
  const order = fc.constantFrom('ascending' as const, 'descending' as const);
  await fc.assert(
    fc.asyncProperty(times, order, bound, bound, async (unsorted, direction, start, stop) => {
      const { conversationId, stored } = await timeline(unsorted.toSorted((one, other) => one - other));
      const eventAt = (place: number | null): Stored | undefined =>
        place === null ? undefined : stored[place];
      const boundOf = (given: typeof start): HistoryBound | null =>
        given && {
          inclusive: given.inclusive,
          timestamp: given.time,
          eventId: given.place === null ? null : (eventAt(given.place)?.id ?? randomUUID()),
        };
      /** Whether an event lies on the right side of a bound: 1, of what follows it. */
      const isBeyond = (event: Stored, given: typeof start, sign: number): boolean => {
        if (given === null) return true;
        const named = eventAt(given.place);
        if (named === undefined && given.time === null) return true;
        const distance = named === undefined ? event.at - given.time! : event.seq - named.seq;
        return distance * sign > 0 || (given.inclusive && distance === 0);
      };
      const sign = direction === 'ascending' ? 1 : -1;
      const expected = stored
        .filter((event) => isBeyond(event, start, sign) && isBeyond(event, stop, -sign))
        .map(({ seq }) => seq);
      const asked = { order: direction, start: boundOf(start), stop: boundOf(stop) };
      const answered = await seqsBetween(conversationId, asked);
      expect(answered).toEqual(direction === 'ascending' ? expected : expected.toReversed());
    }),
    { numRuns: 30 },
  );
});

describe('with the eyes of a user', () => {
  let tom: TestUser;
  let spike: TestUser;
  let conversationId: string;
  let seqs: number[];

  beforeAll(async () => {
    const own = await world.application();
    [tom, spike] = await own.users('tom', 'spike', 'ann', 'max', 'jerry');
    const group = await groupWithRoles(own, { historyVisibility: 'joined' });
    conversationId = group.id;
    const messages: unknown[] = [];
    for (const text of ['early', 'still early']) messages.push((await tom.send(group, text)).body);
    await group.add(own, spike);
    messages.push((await tom.send(group, 'late')).body);
    seqs = messages.map((body) => (body as { seq: number }).seq);
  });

  const seen = (viewer: string | null, applicationId = tom.application.id): Promise<number[]> =>
    seqsBetween(conversationId, {
      ...{ applicationId, viewer, types: ['message'], order: 'ascending', start: null, stop: null },
    });

  test('it is what the user sees; of a stranger nothing; of a server all', async () => {
    expect(await seen(null)).toEqual(seqs);
    expect(await seen('tom')).toEqual(seqs);
    expect(await seen(spike.id)).toEqual(seqs.slice(2));
    expect(await seen('nobody')).toEqual([]);
  });

  test('nothing of another application', async () => {
    await expect(seen(null, application.id)).rejects.toMatchObject({ code: 'conversation_not_found' });
  });
});
