import { expect, test } from '@jest/globals';
import { RecentIds } from './recent-ids.js';

test('the newest thousand are known', () => {
  const recent = new RecentIds();
  for (let index = 0; index <= 1_000; index += 1) recent.add(String(index));
  expect([recent.has('0'), recent.has('1'), recent.has('1000')]).toEqual([false, true, true]);
});
