import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import type { Database } from '#platform/database/database.js';
import { InboxTable, type InboxEntry } from '#platform/database/durable/inbox-table.js';
import { JobTable, type NewJob } from '#platform/database/durable/job-table.js';
import { Inbox, type Expand, type Recover } from '#platform/durable/inbox.js';
import { cloneDatabase, schema, silent } from '../harness/durable-world.js';

let database: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase());
});
afterAll(async () => {
  await drop();
});
beforeEach(async () => {
  await database.client.hookJob.deleteMany();
  await database.client.hookInboxEntry.deleteMany();
  await database.client.hookInboxLane.deleteMany();
});

const event = (lane: number, seq: number): InboxEntry => ({
  lane: String(lane),
  seq,
  payload: JSON.stringify({ lane, seq, text: 'U+0000 \u0000, "quotes", {braces}, \ud83d\ude00' }),
});

const toTarget = ({ lane, seq, payload }: InboxEntry, target = 'target'): NewJob => ({
  target,
  owner: target,
  lane,
  seq,
  eventId: uuidv5(`${lane}/${seq}`, uuidv5.URL),
  payload,
});

const oneJobEach: Expand<NewJob> = async (entries) => entries.map((entry) => toTarget(entry));
const nobodyToAsk: Recover = async () => {
  throw new Error('nobody can be asked');
};

const inbox = (expand: Expand<NewJob> = oneJobEach, recover: Recover = nobodyToAsk): Inbox<NewJob> =>
  new Inbox(new InboxTable(database, new JobTable(database, schema), schema), expand, recover, silent);

/** Seqs of a lane's jobs in the order in which they were made. */
async function made(lane: number): Promise<number[]> {
  const rows = await database.client.hookJob.findMany({
    where: { lane: BigInt(lane) },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ seq }) => Number(seq));
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const patient = { gap: 60_000, beginning: 60_000 };
const impatient = { gap: 0, beginning: 0 };

describe('the inbox', () => {
  test('takes what comes in order at once and keeps nothing', async () => {
    await inbox().take([event(1, 1), event(1, 2), event(2, 1)]);
    await inbox().take([event(1, 3)]);
    expect(await made(1)).toEqual([1, 2, 3]);
    expect(await made(2)).toEqual([1]);
    expect(await database.client.hookInboxEntry.count()).toBe(0);
    const job = await database.client.hookJob.findFirstOrThrow({ where: { lane: 1n, seq: 2n } });
    expect(job).toMatchObject({ payload: event(1, 2).payload, state: 'pending', attempts: 0 });
  });

  test('holds a lane at a gap, and only that lane', async () => {
    const one = inbox();
    await one.take([event(1, 1), event(1, 3), event(1, 4), event(2, 1)]);
    await one.take([event(1, 6), event(2, 2)]);
    expect(await made(1)).toEqual([1]);
    expect(await made(2)).toEqual([1, 2]);
    await one.take([event(1, 2)]);
    expect(await made(1)).toEqual([1, 2, 3, 4]);
    await one.take([event(1, 5)]);
    expect(await made(1)).toEqual(upTo(6));
    expect(await database.client.hookInboxEntry.count()).toBe(0);
  });

  test('ignores repetitions, in one batch and in later ones', async () => {
    const one = inbox();
    await one.take([event(1, 1), event(1, 1), event(1, 2)]);
    await one.take([event(1, 1), event(1, 2), event(1, 4)]);
    await one.take([event(1, 4), event(1, 3), event(1, 2)]);
    expect(await made(1)).toEqual([1, 2, 3, 4]);
  });

  test('closes a gap before a long queue, however many transactions that takes', async () => {
    const one = inbox();
    await one.take(upTo(1_000).map((seq) => event(1, seq + 1)));
    expect(await made(1)).toEqual([]);
    await one.take([event(1, 1)]);
    expect(await made(1)).toEqual(upTo(1_001));
    expect(await database.client.hookInboxEntry.count()).toBe(0);
  });

  test.each([
    ['in order', [event(1, 1), event(1, 2)]],
    ['with a gap', [event(1, 1), event(1, 3)]],
  ])(
    'makes nothing of events %s when its expansion fails, and everything at the repetition',
    async (_, events) => {
      let isBroken = true;
      const one = inbox(async (entries) => {
        if (isBroken) throw new Error('broken');
        return oneJobEach(entries);
      });
      await expect(one.take(events)).rejects.toThrow('broken');
      expect(await made(1)).toEqual([]);
      isBroken = false;
      await one.take(events);
      await one.take([event(1, 2), event(1, 3)]);
      expect(await made(1)).toEqual([1, 2, 3]);
      expect(await database.client.hookInboxEntry.count()).toBe(0);
    },
  );

  test('makes one job per target and none for events that nobody wants', async () => {
    const one = inbox(async (entries) =>
      entries.flatMap((entry) =>
        entry.seq === 2 ? [] : ['a', 'b'].map((target) => toTarget(entry, target)),
      ),
    );
    await one.take([event(1, 1), event(1, 2), event(1, 3)]);
    const jobs = await database.client.hookJob.findMany({ orderBy: { id: 'asc' } });
    expect(jobs.map(({ target, seq }) => `${target}${String(seq)}`)).toEqual(['a1', 'b1', 'a3', 'b3']);
  });

  test('closes the gaps of many lanes at once, however many events that makes', async () => {
    const one = inbox();
    const lanes = upTo(25);
    await one.take(lanes.flatMap((lane) => upTo(100).map((seq) => event(lane, seq + 1))));
    await one.take(lanes.map((lane) => event(lane, 1)));
    for (const lane of lanes) expect(await made(lane)).toEqual(upTo(101));
    expect(await database.client.hookInboxEntry.count()).toBe(0);
  });

  test('asks for the beginning of a lane that it has never seen once its patience is over, and skips none of it', async () => {
    const asked: unknown[] = [];
    const one = inbox(oneJobEach, async (gaps) => {
      asked.push(...gaps);
      return [];
    });
    await one.take([event(1, 8), event(1, 7), event(1, 10)]);
    await one.mend(patient);
    expect(asked).toEqual([]);
    await one.mend(impatient);
    expect(asked).toEqual([{ lane: '1', fromSeq: 1, toSeq: 6 }]);
    expect(await made(1)).toEqual([]);
    await one.take(upTo(6).map((seq) => event(1, seq)));
    expect(await made(1)).toEqual(upTo(8));
    await one.take([event(1, 9)]);
    expect(await made(1)).toEqual(upTo(10));
  });

  test('begins without what exists no more', async () => {
    const one = inbox(oneJobEach, async () => [{ lane: '1', fromSeq: 1, toSeq: 4 }]);
    await one.take([event(1, 7)]);
    await one.mend(impatient);
    expect(await made(1)).toEqual([]);
    await one.take([event(1, 5), event(1, 6)]);
    expect(await made(1)).toEqual([5, 6, 7]);
    const other = inbox(oneJobEach, async (gaps) => gaps);
    await other.take([event(2, 3), event(2, 4)]);
    expect(await other.mend(impatient)).toMatchObject([{ seq: 3 }, { seq: 4 }]);
    expect(await made(2)).toEqual([3, 4]);
  });

  test('begins nothing in its midst while nobody answers', async () => {
    const one = inbox();
    await one.take([event(1, 2_000)]);
    await expect(one.mend(impatient)).rejects.toThrow('nobody can be asked');
    expect(await database.client.hookInboxLane.findFirst()).toMatchObject({ lastSeq: 0n, kept: 1 });
  });

  test('begins at most 1,000 events before the first one that came', async () => {
    const asked: unknown[] = [];
    const one = inbox(oneJobEach, async (gaps) => {
      asked.push(...gaps);
      return [];
    });
    await one.take([event(1, 5_000)]);
    await one.mend(impatient);
    expect(asked).toEqual([{ lane: '1', fromSeq: 4_000, toSeq: 4_999 }]);
    await one.take([event(1, 3_999), event(1, 4_000), event(1, 4_001)]);
    expect(await made(1)).toEqual([4_000, 4_001]);
  });

  test('asks for the gaps of some lanes at a time', async () => {
    const asked: number[] = [];
    const one = inbox(oneJobEach, async (gaps) => {
      asked.push(gaps.length);
      return gaps;
    });
    await one.take(upTo(120).map((lane) => event(lane, 2)));
    expect(await one.mend(impatient)).toHaveLength(120);
    expect(asked).toEqual([50, 50, 20]);
    expect(await database.client.hookInboxEntry.count()).toBe(0);
  });

  test('asks for what is missing in the midst of a lane once its patience is over, and goes on when it comes', async () => {
    const asked: unknown[] = [];
    const one = inbox(oneJobEach, async (gaps) => {
      asked.push(...gaps);
      return [];
    });
    await one.take([event(1, 1), event(1, 4), event(1, 5), event(2, 1)]);
    await one.mend(patient);
    expect(asked).toEqual([]);
    await one.mend(impatient);
    expect(asked).toEqual([{ lane: '1', fromSeq: 2, toSeq: 3 }]);
    expect(await made(1)).toEqual([1]);
    await one.take([event(1, 3), event(1, 2)]);
    expect(await made(1)).toEqual(upTo(5));
    await one.mend(impatient);
    expect(asked).toHaveLength(1);
  });

  test('goes on without what exists no more', async () => {
    const one = inbox(oneJobEach, async () => [{ lane: '1', fromSeq: 2, toSeq: 3 }]);
    await one.take([event(1, 1), event(1, 5), event(1, 6)]);
    await one.mend(impatient);
    expect(await made(1)).toEqual([1]);
    await one.take([event(1, 4)]);
    expect(await made(1)).toEqual([1, 4, 5, 6]);
    await one.take([event(1, 9)]);
    const other = inbox(oneJobEach, async (gaps) => gaps);
    expect(await other.mend(impatient)).toMatchObject([{ seq: 9 }]);
    expect(await made(1)).toEqual([1, 4, 5, 6, 9]);
    expect(await database.client.hookInboxEntry.count()).toBe(0);
    expect(await database.client.hookInboxLane.findFirst()).toMatchObject({ lastSeq: 9n, kept: 0 });
  });

  test('asks again later when nobody answered', async () => {
    let asked = 0;
    const one = inbox(oneJobEach, async (gaps) => {
      asked += 1;
      return nobodyToAsk(gaps);
    });
    await one.take([event(1, 1), event(1, 3)]);
    await expect(one.mend(impatient)).rejects.toThrow('nobody can be asked');
    await expect(one.mend(impatient)).rejects.toThrow('nobody can be asked');
    expect(asked).toBe(2);
    expect(await made(1)).toEqual([1]);
  });

  test('replicas that take the same lanes in different orders do not stop each other', async () => {
    const lanes = upTo(40);
    const takes = Array.from({ length: 6 }, async (_, replica) => {
      const one = inbox();
      const turned = replica % 2 === 0 ? lanes : lanes.toReversed();
      for (const seq of upTo(15)) await one.take(turned.map((lane) => event(lane, seq)));
    });
    await Promise.all(takes);
    for (const lane of lanes) expect(await made(lane)).toEqual(upTo(15));
  });

  test('two replicas at once: every event becomes one job, in the order of its lane', async () => {
    const lanes = [1, 2, 3];
    const events = lanes.flatMap((lane) => upTo(8).map((seq) => event(lane, seq)));
    const deliveries = fastCheck
      .tuple(
        fastCheck.shuffledSubarray(events, { minLength: events.length }),
        fastCheck.array(fastCheck.constantFrom(...events), { maxLength: 12 }),
        fastCheck.array(fastCheck.integer({ min: 1, max: 7 }), { minLength: 40, maxLength: 40 }),
      )
      .map(([once, again, sizes]) => {
        const all = [...once, ...again];
        return sizes.map((size) => all.splice(0, size)).filter((batch) => batch.length > 0);
      });
    await fastCheck.assert(
      fastCheck.asyncProperty(deliveries, async (batches) => {
        await database.client.hookJob.deleteMany();
        await database.client.hookInboxLane.deleteMany();
        const replicas = [inbox(), inbox()];
        await Promise.all(
          replicas.map(async (replica, index) => {
            for (const batch of batches.filter((_, place) => place % replicas.length === index))
              await replica.take(batch);
          }),
        );
        for (const lane of lanes) expect(await made(lane)).toEqual(upTo(8));
        expect(await database.client.hookInboxEntry.count()).toBe(0);
        expect(await database.client.hookInboxLane.count({ where: { kept: { not: 0 } } })).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});
