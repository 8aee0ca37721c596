import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { deliverySchedule, nextAttempt } from './retry-schedule.js';

describe('retry schedule', () => {
  test.each([
    [1, 5_000],
    [2, 30_000],
    [3, 120_000],
    [4, 300_000],
    [5, 1_800_000],
    [6, 7_200_000],
    [7, 18_000_000],
    [8, 36_000_000],
    [9, 50_400_000],
    [10, 72_000_000],
    [11, 86_400_000],
  ])('after %i failures waits %i ms without jitter', (attempts, delay) => {
    expect(nextAttempt(attempts, deliverySchedule, 0)).toBe(delay);
  });

  test.each([12, 13, 1_000])('gives up after %i failures', (attempts) => {
    expect(nextAttempt(attempts, deliverySchedule, 0.5)).toBeNull();
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
