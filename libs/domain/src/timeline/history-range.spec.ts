import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rangeBetween, type Place } from './history-range.js';

/** At one event. */
const at = (seq: number, inclusive = false): Place => ({ before: seq, after: seq + 1, inclusive });

describe('between two events', () => {
  test.each<['ascending' | 'descending', Place | null, Place | null, number[]]>([
    ['descending', at(3), at(1), [2]],
    ['descending', at(3, true), at(1), [2, 3]],
    ['descending', at(3), at(1, true), [1, 2]],
    ['descending', at(3, true), at(1, true), [1, 2, 3]],
    ['ascending', at(1), at(3), [2]],
    ['ascending', at(1, true), at(3), [1, 2]],
    ['ascending', at(1), at(3, true), [2, 3]],
    ['descending', null, at(2), [3, 4]],
    ['descending', at(2), null, [1]],
    ['ascending', null, at(2), [1]],
    ['ascending', at(2), null, [3, 4]],
    ['ascending', null, null, [1, 2, 3, 4]],
    ['ascending', at(2), at(2), []],
    ['ascending', at(2, true), at(2, true), [2]],
    ['ascending', at(3), at(1), []],
  ])('%s, from %j to %j: %j', (order, start, stop, expected) => {
    const { from, to } = rangeBetween(order, start, stop);
    expect([1, 2, 3, 4].filter((seq) => seq >= from && (to === null || seq <= to))).toEqual(expected);
  });
});

test('by time it is what a filter of all events answers', () => {
  const time = fc.integer({ min: 0, max: 6 });
  const bound = fc.option(fc.record({ time, inclusive: fc.boolean() }));
  fc.assert(
    fc.property(
      fc.array(time),
      fc.constantFrom('ascending', 'descending'),
      bound,
      bound,
      (times, order, start, stop) => {
        const timestamps = times.toSorted((one, other) => one - other);
        const firstNotBefore = (limit: number): number =>
          timestamps.filter((timestamp) => timestamp < limit).length + 1;
        const placeOf = (given: typeof start): Place | null =>
          given === null
            ? null
            : {
                before: firstNotBefore(given.time),
                after: firstNotBefore(given.time + 1),
                inclusive: given.inclusive,
              };
        const { from, to } = rangeBetween(order, placeOf(start), placeOf(stop));
        const isPast = (timestamp: number, given: typeof start, sign: number): boolean =>
          given === null ||
          (timestamp - given.time) * sign > 0 ||
          (given.inclusive && timestamp === given.time);
        const sign = order === 'ascending' ? 1 : -1;
        timestamps.forEach((timestamp, index) => {
          const isWanted = isPast(timestamp, start, sign) && isPast(timestamp, stop, -sign);
          expect(index + 1 >= from && (to === null || index + 1 <= to)).toBe(isWanted);
        });
      },
    ),
  );
});
