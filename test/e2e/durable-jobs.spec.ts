import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { v5 as uuidv5 } from 'uuid';
import type { Database } from '#platform/database/database.js';
import { JobTable, type ClaimedJob, type NewJob } from '#platform/database/durable/job-table.js';
import { JobWorker, type JobOutcome, type JobWorkerOptions } from '#platform/durable/job-worker.js';
import { cloneDatabase, until, schema, silent } from '../harness/durable-world.js';

let database: Database;
let drop: () => Promise<void>;
const workers: JobWorker[] = [];

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase());
});
afterAll(async () => {
  await drop();
});
beforeEach(async () => {
  await database.client.hookJob.deleteMany();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

const everything = {
  limit: 100,
  limitPerTarget: 100,
  limitPerOwner: 100,
  running: { targets: new Map<string, number>(), owners: new Map<string, number>() },
  lease: 60_000,
};
const done: JobOutcome = { kind: 'done' };

const job = (target: string, lane: number, seq: number, owner = target): NewJob => ({
  target,
  owner,
  lane: String(lane),
  seq,
  eventId: uuidv5(`${lane}/${seq}`, uuidv5.URL),
  payload: `${target}/${lane}/${seq}`,
});

async function insert(jobs: NewJob[]): Promise<void> {
  await database.client.hookJob.createMany({
    data: jobs.map((one) => ({ ...one, lane: BigInt(one.lane), seq: BigInt(one.seq) })),
  });
}

function work(
  run: JobWorkerOptions['run'],
  options: Partial<JobWorkerOptions> = {},
  table = new JobTable(database, schema),
): JobWorker {
  const worker = new JobWorker(table, { run, nextAttempt: () => 0, ...options }, silent);
  workers.push(worker);
  worker.start();
  return worker;
}

const count = (state: string): Promise<number> => database.client.hookJob.count({ where: { state } });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('workers', () => {
  test('two on one table never run two jobs of one lane at once, run all, in order, and side by side', async () => {
    const lanes = 12;
    const perLane = 15;
    const jobs = ['a', 'b'].flatMap((target) =>
      Array.from({ length: lanes * perLane }, (_, index) =>
        job(target, (index % lanes) + 1, Math.floor(index / lanes) + 1),
      ),
    );
    await insert(jobs);
    const running = new Set<string>();
    const order = new Map<string, number[]>();
    let mostAtOnce = 0;
    const run: JobWorkerOptions['run'] = async ({ target, lane, seq }) => {
      const key = `${target}/${lane}`;
      expect(running).not.toContain(key);
      running.add(key);
      mostAtOnce = Math.max(mostAtOnce, running.size);
      for (let turns = 0; turns < 5; turns++) await turn();
      order.set(key, [...(order.get(key) ?? []), seq]);
      running.delete(key);
      return done;
    };
    work(run);
    work(run);
    await until(async () => (await count('done')) === jobs.length);
    const expected = Array.from({ length: perLane }, (_, index) => index + 1);
    expect([...order.values()]).toEqual(Array.from({ length: lanes * 2 }, () => expected));
    expect(mostAtOnce).toBeGreaterThan(1);
  });

  test('many claims at once give no job to two of them, and of a lane its first job alone', async () => {
    const table = new JobTable(database, schema);
    for (let round = 0; round < 15; round++) {
      await database.client.hookJob.deleteMany();
      const lanes = Array.from({ length: 40 }, (_, index) => index + 1);
      await insert(lanes.flatMap((lane) => [job('a', lane, 1), job('a', lane, 2)]));
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => table.claim({ ...everything, limit: 10 })),
      );
      const given = claims.flat();
      expect(new Set(given.map(({ id }) => id)).size).toBe(given.length);
      expect(new Set(given.map(({ seq }) => seq))).toEqual(new Set([1]));
    }
  });

  test('recording one job of a lane gives the next one, unless it is held or not due', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2), job('a', 1, 3), job('a', 2, 4), job('b', 1, 4)]);
    const table = new JobTable(database, schema);
    const claimed = await table.claim(everything);
    const first = claimed.find(({ target, lane }) => target === 'a' && lane === '1')!;
    const next = await table.record(first, { kind: 'done' }, { takeNext: true, lease: 60_000 });
    expect(next).toMatchObject({ target: 'a', lane: '1', seq: 2, attempts: 0 });
    expect(await table.record(next!, { kind: 'done' }, { takeNext: false, lease: 60_000 })).toBeUndefined();
    expect(await table.claim(everything)).toMatchObject([{ target: 'a', lane: '1', seq: 3 }]);
  });

  test('a target that hangs leaves room for the others', async () => {
    await insert(Array.from({ length: 40 }, (_, lane) => job('hangs', lane + 1, 1)));
    const { promise: released, resolve: release } = Promise.withResolvers<JobOutcome>();
    let hanging = 0;
    const worker = work(
      async ({ target }) => {
        if (target === 'works') return done;
        hanging += 1;
        return released;
      },
      { concurrency: 10, concurrencyPerTarget: 4 },
    );
    await until(() => hanging === 4);
    await insert(Array.from({ length: 40 }, (_, lane) => job('works', lane + 1, 1)));
    worker.nudge();
    await until(async () => (await count('done')) === 40);
    expect(hanging).toBe(4);
    release(done);
    await until(async () => (await count('done')) === 80);
  });

  test('an owner whose targets all hang leaves room for the others', async () => {
    const lanes = Array.from({ length: 20 }, (_, index) => index + 1);
    const targets = ['a', 'b', 'c', 'd', 'e', 'f'];
    await insert(targets.flatMap((target) => lanes.map((lane) => job(target, lane, 1, 'slow'))));
    const { promise: released, resolve: release } = Promise.withResolvers<JobOutcome>();
    const held = new Map<string, number>();
    const worker = work(async ({ target }) => {
      if (target === 'works') return done;
      held.set(target, (held.get(target) ?? 0) + 1);
      return released;
    });
    const places = (): number => [...held.values()].reduce((sum, count) => sum + count, 0);
    await until(() => places() === 32);
    await insert([job('works', 1, 1, 'quick'), job('works', 1, 2, 'quick'), job('works', 2, 1, 'quick')]);
    worker.nudge();
    await until(async () => (await count('done')) === 3);
    expect(places()).toBe(32);
    // Its targets take turns.
    expect([...held.keys()].toSorted()).toEqual(targets);
    release(done);
    await until(async () => (await count('done')) === targets.length * lanes.length + 3);
  });

  test('a lane that is slow gives its place away after each second', async () => {
    const order: string[] = [];
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await insert([job('a', 1, 1), job('a', 1, 2)]);
    let passed = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + passed);
    work(
      async ({ payload }) => {
        order.push(payload);
        await released;
        return done;
      },
      { concurrency: 1 },
    );
    await until(() => order.length === 1);
    await insert([job('b', 1, 1)]);
    await database.client.hookJob.updateMany({ where: { target: 'b' }, data: { dueAt: new Date(0) } });
    passed = 1_000;
    release(undefined);
    await until(async () => (await count('done')) === 3);
    expect(order).toEqual(['a/1/1', 'b/1/1', 'a/1/2']);
  });

  test('what fails holds its lane until it succeeds', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2), job('a', 2, 1)]);
    const runs: string[] = [];
    work(async ({ payload, attempts }) => {
      runs.push(payload);
      return payload === 'a/1/1' && attempts < 2 ? { kind: 'retry', error: 'status 503' } : done;
    });
    await until(async () => (await count('done')) === 3);
    expect(runs.filter((payload) => payload.startsWith('a/1'))).toEqual(['a/1/1', 'a/1/1', 'a/1/1', 'a/1/2']);
    const row = await database.client.hookJob.findFirstOrThrow({ where: { payload: 'a/1/1' } });
    expect(row).toMatchObject({ attempts: 2, lastError: null, lockedUntil: null });
  });

  test('what is given up is kept, and its lane goes on', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2), job('a', 1, 3)]);
    work(
      async ({ seq }) => {
        if (seq === 1) return { kind: 'retry', error: 'status 500' };
        return seq === 2 ? { kind: 'dead', error: 'status 410' } : done;
      },
      { nextAttempt: (attempts) => (attempts < 3 ? 0 : null) },
    );
    await until(async () => (await count('done')) === 1);
    const rows = await database.client.hookJob.findMany({ orderBy: { seq: 'asc' } });
    expect(rows.map(({ state, attempts, lastError }) => [state, attempts, lastError])).toEqual([
      ['dead', 3, 'status 500'],
      ['dead', 1, 'status 410'],
      ['done', 0, null],
    ]);
  });

  test('a job that is not due yet waits, and its lane with it', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2), job('a', 2, 1)]);
    work(async ({ lane }) => (lane === '1' ? { kind: 'retry', error: 'later' } : done), {
      nextAttempt: () => 3_600_000,
    });
    await until(async () => (await count('done')) === 1);
    await until(async () => (await database.client.hookJob.count({ where: { attempts: 1 } })) === 1);
    expect(await new JobTable(database, schema).claim(everything)).toEqual([]);
  });

  test('what could not be attempted for a reason of our own comes again and has used up no attempt', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2)]);
    let refusals = 0;
    work(
      async () => {
        if (refusals === 3) return done;
        refusals += 1;
        return { kind: 'postponed', error: 'presence_unavailable', delay: 0 };
      },
      { nextAttempt: () => null },
    );
    await until(async () => (await count('done')) === 2);
    const row = await database.client.hookJob.findFirstOrThrow({ where: { seq: 1n } });
    expect(row).toMatchObject({ attempts: 0, lastError: null });
  });

  test('a run that throws counts as a failure and stores no text of it', async () => {
    await insert([job('a', 1, 1)]);
    work(
      async () => {
        throw new TypeError('the secret content');
      },
      { nextAttempt: () => null },
    );
    await until(async () => (await count('dead')) === 1);
    const row = await database.client.hookJob.findFirstOrThrow();
    expect(row.lastError).toBe('TypeError');
  });

  test('a worker that dies between the run and its record: another runs the job again with the same event id', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2)]);
    const runs: string[] = [];
    const note: JobWorkerOptions['run'] = async ({ eventId }) => {
      runs.push(eventId);
      return done;
    };
    class Dying extends JobTable {
      override async record(): Promise<ClaimedJob | undefined> {
        throw new Error('the process is gone');
      }
    }
    const dying = work(note, { lease: 300 }, new Dying(database, schema));
    await until(() => runs.length === 1);
    await dying.stop();
    work(note);
    await until(async () => (await count('done')) === 2);
    const [first, second] = [job('a', 1, 1).eventId, job('a', 1, 2).eventId];
    expect(runs).toEqual([first, first, second]);
  });

  test('the record of a worker whose lease has passed on is void', async () => {
    await insert([job('a', 1, 1)]);
    const table = new JobTable(database, schema);
    // Of a lease that ends now the last fraction of a millisecond may be to come.
    const [late] = await table.claim({ ...everything, lease: -10 });
    const [owner] = await table.claim(everything);
    expect(owner?.id).toBe(late!.id);
    await table.record(late!, { kind: 'dead', error: 'late' }, { takeNext: true, lease: 1_000 });
    expect(await count('pending')).toBe(1);
    await table.record(owner!, done, { takeNext: true, lease: 1_000 });
    expect(await count('done')).toBe(1);
  });

  test('stopping waits for what runs and begins nothing more', async () => {
    await insert([job('a', 1, 1), job('a', 1, 2)]);
    const { promise: released, resolve: release } = Promise.withResolvers<JobOutcome>();
    const runs: number[] = [];
    const worker = work(async ({ seq }) => {
      runs.push(seq);
      return released;
    });
    await until(() => runs.length === 1);
    const stopped = worker.stop();
    release(done);
    await stopped;
    expect([await count('done'), await count('pending')]).toEqual([1, 1]);
    expect(runs).toEqual([1]);
  });

  test('done jobs are swept after their time, dead and pending ones are not', async () => {
    await insert([job('a', 1, 1), job('a', 2, 1), job('a', 3, 1), job('a', 4, 1)]);
    const hour = 3_600_000;
    const finish = (lane: bigint, state: string, age: number) =>
      database.client.hookJob.updateMany({
        where: { lane },
        data: { state, finishedAt: new Date(Date.now() - age) },
      });
    await finish(1n, 'done', 2 * hour);
    await finish(2n, 'done', hour / 2);
    await finish(3n, 'dead', 2 * hour);
    await new JobTable(database, schema).sweep(hour);
    const left = await database.client.hookJob.findMany({ orderBy: { lane: 'asc' } });
    expect(left.map(({ lane }) => lane)).toEqual([2n, 3n, 4n]);
  });
});
