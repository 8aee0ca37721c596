import { expect, test } from '@jest/globals';
import { byteRange } from './byte-range.js';

const part = (first: number, last: number) => ({ kind: 'part', first, last });

test.each([
  [undefined, { kind: 'whole' }],
  ['bytes=0-0', part(0, 0)],
  ['bytes=0-99', part(0, 99)],
  ['bytes=10-', part(10, 99)],
  ['bytes=10-1000', part(10, 99)],
  ['bytes=-5', part(95, 99)],
  ['bytes=-1000', part(0, 99)],
  ['bytes=100-', { kind: 'outside' }],
  ['bytes=-0', { kind: 'outside' }],
  ['bytes=5-4', { kind: 'whole' }],
  ['bytes=0-1,5-6', { kind: 'whole' }],
  ['bytes=-', { kind: 'whole' }],
  ['bytes=a-b', { kind: 'whole' }],
  ['lines=0-1', { kind: 'whole' }],
  [`bytes=${'9'.repeat(400)}-`, { kind: 'whole' }],
])('%s of 100 bytes', (header, expected) => {
  expect(byteRange(header, 100)).toEqual(expected);
});

test('nothing can be taken of nothing', () => {
  expect(byteRange('bytes=0-', 0)).toEqual({ kind: 'outside' });
  expect(byteRange('bytes=-1', 0)).toEqual({ kind: 'outside' });
});
