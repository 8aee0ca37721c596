import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GroupCommit, GroupCommitFull } from './group-commit.js';

interface Item {
  readonly lane: number;
  readonly identity: string;
}

/** Commits that end when the test says so. */
function harness(maximumBatch = 100, writers = 2) {
  const batches: { items: readonly Item[]; end: (failure?: Error) => void }[] = [];
  const commits = new GroupCommit<Item, string>({
    writers,
    maximumBatch,
    maximumWaiting: 100,
    laneOf: ({ lane }) => lane,
    identityOf: ({ identity }) => identity,
    commit: (items) =>
      new Promise((resolve, reject) => {
        batches.push({
          items,
          end: (failure) => {
            if (failure === undefined) resolve(items.map(({ identity }) => `stored ${identity}`));
            else reject(failure);
          },
        });
      }),
  });
  return { commits, batches };
}

const item = (identity: string, lane = 0): Item => ({ identity, lane });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what arrives while a batch is being written forms the next', async () => {
  const { commits, batches } = harness();
  const answers = ['a', 'b', 'c'].map((identity) => commits.submit(item(identity)));
  expect(batches.map(({ items }) => items.length)).toEqual([1]);
  batches[0]?.end();
  await settled();
  expect(batches[1]?.items.map(({ identity }) => identity)).toEqual(['b', 'c']);
  batches[1]?.end();
  expect(await Promise.all(answers)).toEqual(['stored a', 'stored b', 'stored c']);
});

test('two of one identity never share a batch', async () => {
  const { commits, batches } = harness();
  const answers = ['first', 'same', 'same', 'last'].map((identity) => commits.submit(item(identity)));
  batches[0]?.end();
  await settled();
  expect(batches[1]?.items.map(({ identity }) => identity)).toEqual(['same']);
  batches[1]?.end();
  await settled();
  expect(batches[2]?.items.map(({ identity }) => identity)).toEqual(['same', 'last']);
  batches[2]?.end();
  await Promise.all(answers);
});

test('a failed batch fails its items and nothing after them', async () => {
  const { commits, batches } = harness();
  const first = commits.submit(item('a'));
  const second = commits.submit(item('b'));
  batches[0]?.end(new Error('no disk'));
  await expect(first).rejects.toThrow('no disk');
  await settled();
  batches[1]?.end();
  expect(await second).toBe('stored b');
});

test('more than may wait is refused at once, and what waits is not harmed', async () => {
  const { commits, batches } = harness(1_000, 1);
  const accepted = Array.from({ length: 101 }, (_unused, index) => commits.submit(item(String(index))));
  await expect(commits.submit(item('too many'))).rejects.toBeInstanceOf(GroupCommitFull);
  for (const batch of batches) {
    batch.end();
    await settled();
  }
  expect(await Promise.all(accepted)).toHaveLength(101);
});

test('items of a lane are written in order, one batch at a time, whatever the load', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      async (lanes, size) => {
        const { commits, batches } = harness(size, 3);
        const written: Item[] = [];
        const answers = lanes.map((lane, index) => commits.submit(item(String(index), lane)));
        // Grows while it is walked: ending a batch lets the next one begin.
        for (const batch of batches) {
          written.push(...batch.items);
          batch.end();
          await settled();
        }
        await Promise.all(answers);
        for (const lane of new Set(lanes)) {
          const order = written
            .filter((entry) => entry.lane === lane)
            .map(({ identity }) => Number(identity));
          expect(order).toEqual([...order].sort((left, right) => left - right));
        }
        expect(written).toHaveLength(lanes.length);
        expect(Math.max(...batches.map(({ items }) => items.length))).toBeLessThanOrEqual(size);
      },
    ),
  );
});
