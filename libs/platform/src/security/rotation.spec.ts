import { expect, test } from '@jest/globals';
import { rotated } from './rotation.js';

test.each([
  ['former', 60, 'former', 61_000],
  ['former', 0, null, 1_000],
  [null, 60, null, 61_000],
])('%j with an overlap of %i s', (former, overlapSeconds, stays, formerValidUntil) => {
  expect(rotated({ former, overlapSeconds }, 1_000)).toEqual({
    former: stays,
    formerUntil: stays === null ? null : new Date(formerValidUntil),
    formerValidUntil,
  });
});
