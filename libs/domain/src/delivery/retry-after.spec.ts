import { expect, test } from '@jest/globals';
import { retryAfterOf } from './retry-after.js';

const now = Date.parse('2026-11-21T12:00:00Z');

test.each([
  ['120', 120_000],
  [' 2 ', 2_000],
  ['0', 1_000],
  ['999999', 3_600_000],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 1_000],
  ['Sun, 22 Nov 2026 12:00:00 GMT', 3_600_000],
  ['Sat, 99 Nov 2026', null],
  ['1.5', null],
  ['-1', null],
  ['soon', null],
  ['', null],
  [null, null],
])('%p: %p ms', (header, expected) => {
  expect(retryAfterOf(header, now)).toBe(expected);
});
