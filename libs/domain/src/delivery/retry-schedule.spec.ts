import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { deliverySchedule, nextAttempt, serviceSchedule } from './retry-schedule.js';

describe('retry schedule', () => {
  test.each([
    [1, 5_000],
    [2, 300_000],
    [3, 1_800_000],
    [4, 7_200_000],
    [5, 18_000_000],
    [6, 36_000_000],
    [7, 50_400_000],
    [8, 72_000_000],
    [9, 86_400_000],
  ])('after %i failures waits %i ms without jitter', (attempts, delay) => {
    expect(nextAttempt(attempts, deliverySchedule, 0)).toBe(delay);
  });

  test.each([10, 11, 1_000])('gives up after %i failures', (attempts) => {
    expect(nextAttempt(attempts, deliverySchedule, 0.5)).toBeNull();
  });

  test("of a service's webhook gives up after three repetitions", () => {
    expect([1, 2, 3, 4].map((attempts) => nextAttempt(attempts, serviceSchedule, 0))).toEqual([
      1_000,
      5_000,
      15_000,
      null,
    ]);
  });

  test('an empty schedule gives up at once', () => {
    expect(nextAttempt(1, [], 0)).toBeNull();
  });

  test('chance adds at most a fifth and never shortens a delay', () => {
    fastCheck.assert(
      fastCheck.property(
        fastCheck.integer({ min: 1, max: deliverySchedule.length }),
        fastCheck.double({ min: 0, max: 1, noNaN: true }),
        (attempts, unit) => {
          const plain = deliverySchedule[attempts - 1]!;
          const delay = nextAttempt(attempts, deliverySchedule, unit)!;
          expect(delay).toBeGreaterThanOrEqual(plain);
          expect(delay).toBeLessThanOrEqual(plain * 1.2);
        },
      ),
    );
  });
});
