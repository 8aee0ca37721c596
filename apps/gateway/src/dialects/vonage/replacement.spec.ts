import { expect, test } from '@jest/globals';
import { replacement } from './replacement.js';

test.each([
  [undefined, { a: 1 }, { a: 1 }],
  [{ a: 1, b: 2 }, { a: 3 }, { a: 3, b: null }],
  [{ a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, { a: { b: null, c: 3, d: 4 } }],
  [{ a: { b: 1 } }, { a: [1] }, { a: [1] }],
  [{ a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['x', {}, {}],
  [{ a: 1 }, {}, { a: null }],
])('what makes %j of %j', (before, after, patch) => {
  expect(replacement(before, after)).toEqual(patch);
});
