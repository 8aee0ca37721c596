import { describe, expect, test } from '@jest/globals';
import { acknowledge, watermarksOf } from './watermarks.js';

const at = { deliveredSeq: 5, readSeq: 3 };

describe('a receipt', () => {
  test.each([
    ['delivery goes on', { delivered: 7, read: null }, { deliveredSeq: 7, readSeq: 3 }],
    ['reading within what was delivered', { delivered: null, read: 4 }, { deliveredSeq: 5, readSeq: 4 }],
    ['reading implies delivery', { delivered: null, read: 9 }, { deliveredSeq: 9, readSeq: 9 }],
    ['each at its own', { delivered: 9, read: 8 }, { deliveredSeq: 9, readSeq: 8 }],
    ['a lower delivery beside a new reading', { delivered: 1, read: 6 }, { deliveredSeq: 6, readSeq: 6 }],
    ['a lower reading beside a new delivery', { delivered: 8, read: 1 }, { deliveredSeq: 8, readSeq: 3 }],
    ['up to the end', { delivered: null, read: 10 }, { deliveredSeq: 10, readSeq: 10 }],
  ])('%s', (_name, receipt, to) => {
    expect(acknowledge(at, receipt, 10)).toEqual({ kind: 'advanced', to });
  });

  test.each([
    ['what is known', { delivered: 5, read: 3 }],
    ['less', { delivered: 2, read: 1 }],
    ['nothing', { delivered: null, read: null }],
  ])('that says %s changes nothing', (_name, receipt) => {
    expect(acknowledge(at, receipt, 10)).toEqual({ kind: 'unchanged', at });
  });

  test.each([
    { delivered: 11, read: null },
    { delivered: null, read: 11 },
    { delivered: 11, read: 4 },
  ])('does not go beyond the end: %j', (receipt) => {
    expect(acknowledge(at, receipt, 10)).toEqual({ kind: 'beyond_end' });
  });
});

test('whoever joins has got everything from before', () => {
  expect(watermarksOf({ deliveredSeq: 0, readSeq: 0 }, 4)).toEqual({ deliveredSeq: 4, readSeq: 4 });
  expect(watermarksOf(at, 4)).toEqual({ deliveredSeq: 5, readSeq: 4 });
});
