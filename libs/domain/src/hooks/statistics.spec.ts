import { expect, test } from '@jest/globals';
import { statisticsOf, type CountedRun } from './statistics.js';

const run = (outcome: string, duration: number, failed = false): CountedRun => ({
  ...{ outcome, duration, failed, requestBytes: 5, startedAt: 1_000 + duration },
});

test('no calls', () => {
  expect(statisticsOf([])).toEqual({
    ...{ since: null, calls: 0, failed: 0, verdicts: {}, failures: {}, duration: null },
  });
});

test('verdicts and failures by name, and how long the calls took', () => {
  const runs = [run('pass', 10), run('drop', 30), run('pass', 20), run('timeout', 300, true)];
  expect(statisticsOf(runs)).toEqual({
    ...{ since: 1_010, calls: 4, failed: 1, verdicts: { pass: 2, drop: 1 }, failures: { timeout: 1 } },
    duration: { p50: 20, p99: 300 },
  });
});

test.each([
  ['what an open circuit has refused', 'circuit_open', 0],
  ['what hooks before had left no time for', 'timeout', 0],
  ['what has waited for others in vain', 'timeout', 3_000],
])('%s counts, and is no call of so many ms', (_title, outcome, duration) => {
  const refused = { ...run(outcome, duration, true), requestBytes: null };
  expect(statisticsOf([refused])).toMatchObject({ failed: 1, duration: null });
  expect(statisticsOf([refused, refused, run('pass', 7)]).duration).toEqual({ p50: 7, p99: 7 });
});

test.each([
  [1, 1, 1],
  [2, 1, 2],
  [3, 2, 3],
  [100, 50, 99],
])('of %i calls, one each of 1 ms, 2 ms and so on', (count, p50, p99) => {
  const runs = Array.from({ length: count }, (_, index) => run('pass', index + 1)).reverse();
  expect(statisticsOf(runs).duration).toEqual({ p50, p99 });
});
