import { expect, test } from '@jest/globals';
import { isOutage, openFor } from './outage.js';

test.each([
  ['timeout', true],
  ['refused', true],
  ['network', true],
  ['status_429', true],
  ['status_503', true],
  // Content can cause these: whoever sends it must not be able to switch the hook off for everybody.
  ['status_500', false],
  ['status_400', false],
  ['invalid_json', false],
  ['invalid_answer', false],
  ['answer_too_large', false],
  ['redirect', false],
  // The server is there, and takes calls again as soon as the key is right.
  ['status_401', false],
  ['unauthorized', false],
  // Ours.
  ['paused', false],
  ['unavailable', false],
])('%s: %s', (failure, expected) => {
  expect(isOutage(failure)).toBe(expected);
});

test('a hook is left alone longer and longer, up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1_000].map(openFor)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});
