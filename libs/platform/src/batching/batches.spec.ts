import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Batches, BatchesFull, type BatchesOptions } from './batches.js';

interface Item {
  readonly lane: string;
  readonly identity: string;
}

/** Batches that end when the test says so. */
function harness(options: Partial<BatchesOptions<Item, string>> = {}) {
  const begun: { items: readonly Item[]; end: (failure?: Error) => void }[] = [];
  const batches = new Batches<Item, string>({
    usual: 1,
    most: 1,
    patience: 1_000,
    maximumBatch: 100,
    maximumPerLane: 100,
    maximumWaiting: 1_000,
    laneOf: ({ lane }) => lane,
    identityOf: ({ identity }) => identity,
    run: (items) =>
      new Promise((resolve, reject) => {
        begun.push({
          items,
          end: (failure) => {
            if (failure === undefined) resolve(items.map(({ identity }) => `done ${identity}`));
            else reject(failure);
          },
        });
      }),
    ...options,
  });
  return { batches, begun };
}

const item = (identity: string, lane = 'lane'): Item => ({ identity, lane });
/** The next turn of the event loop, after everything that this one has put there. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const identities = (batch: { items: readonly Item[] } | undefined): string[] | undefined =>
  batch?.items.map(({ identity }) => identity);

test('what arrives in one turn of the event loop travels together, what arrives meanwhile forms the next', async () => {
  const { batches, begun } = harness();
  const answers = ['a', 'b'].map((identity) => batches.submit(item(identity)));
  await turn();
  expect(identities(begun[0])).toEqual(['a', 'b']);
  answers.push(...['c', 'd'].map((identity) => batches.submit(item(identity))));
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await turn();
  expect(identities(begun[1])).toEqual(['c', 'd']);
  begun[1]?.end();
  expect(await Promise.all(answers)).toEqual(['done a', 'done b', 'done c', 'done d']);
});

test('two of one identity never share a batch', async () => {
  const { batches, begun } = harness();
  const answers = ['first', 'same', 'same', 'last'].map((identity) => batches.submit(item(identity)));
  await turn();
  expect(identities(begun[0])).toEqual(['first', 'same']);
  begun[0]?.end();
  await turn();
  expect(identities(begun[1])).toEqual(['same', 'last']);
  begun[1]?.end();
  await Promise.all(answers);
});

test('a failed batch fails its items and nothing after them', async () => {
  const { batches, begun } = harness();
  const first = batches.submit(item('a'));
  await turn();
  const second = batches.submit(item('b'));
  begun[0]?.end(new Error('no disk'));
  await expect(first).rejects.toThrow('no disk');
  await turn();
  begun[1]?.end();
  expect(await second).toBe('done b');
});

test('more than may wait is refused at once, and what waits is not harmed', async () => {
  const { batches, begun } = harness({ maximumPerLane: 3, maximumWaiting: 4 });
  const accepted = ['a', 'b', 'c'].map((identity) => batches.submit(item(identity)));
  await expect(batches.submit(item('one too many of its lane'))).rejects.toBeInstanceOf(BatchesFull);
  accepted.push(batches.submit(item('d', 'other lane')));
  await expect(batches.submit(item('one too many', 'third lane'))).rejects.toBeInstanceOf(BatchesFull);
  await turn();
  begun[0]?.end();
  expect(await Promise.all(accepted)).toHaveLength(4);
});

test('a batch that takes long delays its own lane and nobody else', async () => {
  const { batches, begun } = harness({ most: 3, patience: 1 });
  const hanging = batches.submit(item('hangs', 'slow'));
  await turn();
  const behind = batches.submit(item('behind', 'slow'));
  const answers = ['a', 'b'].map((identity) => batches.submit(item(identity, identity)));
  while (begun.length < 2) await turn();
  expect(identities(begun[1])).toEqual(['a', 'b']);
  begun[1]?.end();
  await Promise.all(answers);
  expect(begun).toHaveLength(2);
  begun[0]?.end();
  await hanging;
  await turn();
  begun[2]?.end();
  expect(await behind).toBe('done behind');
});

test('a batch is not heavier than it may be, but for an item that is so alone', async () => {
  const { batches, begun } = harness({ maximumWeight: 10, weightOf: ({ identity }) => identity.length });
  const answers = ['one', 'three', 'eleven characters', 'x'].map((identity) =>
    batches.submit(item(identity)),
  );
  for (const expected of [['one', 'three'], ['eleven characters'], ['x']]) {
    await turn();
    expect(identities(begun.at(-1))).toEqual(expected);
    begun.at(-1)?.end();
  }
  await Promise.all(answers);
});

test('more weight than may wait is refused at once, until what waits is under way', async () => {
  const { batches, begun } = harness({
    maximumWaitingWeight: 10,
    weightOf: ({ identity }) => identity.length,
  });
  const answers = [batches.submit(item('alone heavier than all'))];
  await expect(batches.submit(item('x'))).rejects.toBeInstanceOf(BatchesFull);
  await turn();
  answers.push(...['seven..', 'two', ''].map((identity) => batches.submit(item(identity))));
  await expect(batches.submit(item('x'))).rejects.toBeInstanceOf(BatchesFull);
  begun[0]?.end();
  await turn();
  expect(begun).toHaveLength(2);
  answers.push(batches.submit(item('ten again.')));
  begun[1]?.end();
  await turn();
  begun[2]?.end();
  expect(await Promise.all(answers)).toHaveLength(5);
});

test('items of a lane keep their order, in one batch at a time, whatever the load', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      async (lanes, maximumBatch, usual) => {
        const { batches, begun } = harness({ maximumBatch, usual, most: usual });
        const done: Item[] = [];
        const answers = lanes.map((lane, index) => batches.submit(item(String(index), String(lane))));
        await turn();
        // Grows while it is walked: ending a batch lets the next one begin.
        for (const [index, batch] of begun.entries()) {
          const underWay = begun
            .slice(index)
            .flatMap(({ items }) => [...new Set(items.map(({ lane }) => lane))]);
          expect(new Set(underWay).size).toBe(underWay.length);
          done.push(...batch.items);
          batch.end();
          await turn();
        }
        await Promise.all(answers);
        for (const lane of new Set(lanes.map(String))) {
          const order = done.filter((entry) => entry.lane === lane).map(({ identity }) => Number(identity));
          expect(order).toEqual([...order].sort((left, right) => left - right));
        }
        expect(done).toHaveLength(lanes.length);
        expect(Math.max(...begun.map(({ items }) => items.length))).toBeLessThanOrEqual(maximumBatch);
      },
    ),
  );
});
