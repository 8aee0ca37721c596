import { describe, expect, test } from '@jest/globals';
import { TokenBuckets } from './token-buckets.js';

const limited = () => new TokenBuckets({ perSecond: 10, burst: 3 });
const take = (buckets: TokenBuckets, count: number) => {
  for (let taken = 0; taken < count; taken++) buckets.take('tom', 0);
};

describe('a bucket', () => {
  test('gives its burst at once, and then says when the next token comes', () => {
    const buckets = limited();
    expect([1, 2, 3, 4, 5].map(() => buckets.take('tom', 1_000))).toEqual([0, 0, 0, 100, 100]);
    expect(buckets.wait('tom', 1_050)).toBe(50);
  });

  test('fills at its rate, and never beyond its burst', () => {
    const buckets = limited();
    take(buckets, 3);
    expect([100, 100, 200, 200].map((now) => buckets.take('tom', now))).toEqual([0, 100, 0, 100]);
    expect([1, 2, 3, 4].map(() => buckets.take('tom', 3_600_000))).toEqual([0, 0, 0, 100]);
  });

  test('loses nothing to who asks in vain', () => {
    const buckets = limited();
    take(buckets, 6);
    expect(buckets.take('tom', 100)).toBe(0);
  });

  test('is one of its own for each key', () => {
    const buckets = limited();
    take(buckets, 3);
    expect(buckets.take('jerry', 0)).toBe(0);
  });

  test('without a rate gives always', () => {
    const buckets = new TokenBuckets(null);
    expect(Array.from({ length: 1_000 }, () => buckets.take('tom', 0)).every((wait) => wait === 0)).toBe(
      true,
    );
  });

  test('remembers a bounded number of keys, those that took last', () => {
    const buckets = new TokenBuckets({ perSecond: 0.001, burst: 1 });
    for (let key = 0; key <= 100_000; key++) buckets.take(String(key), 0);
    expect(buckets.wait('0', 0)).toBe(0);
    expect(buckets.wait('1', 0)).toBeGreaterThan(0);
    expect(buckets.wait('100000', 0)).toBeGreaterThan(0);
  });
});
