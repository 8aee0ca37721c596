import { expect, test } from '@jest/globals';
import { pageOfSubscriptions, type SubscriptionsPage } from './subscriptions.js';

const all = [
  { timestamp: 2, subscriber: 'Tom', conv_id: 'b' },
  { timestamp: 1, subscriber: 'Tom', conv_id: 'a' },
  { timestamp: 2, subscriber: 'Tom', conv_id: 'a' },
  { timestamp: 3, subscriber: 'Tom', conv_id: 'a' },
];

test.each<[Partial<SubscriptionsPage>, string[]]>([
  [{}, ['3a', '2b', '2a', '1a']],
  [{ direction: 'new' }, ['1a', '2a', '2b', '3a']],
  [{ limit: 1 }, ['3a']],
  [{ timestamp: 2 }, ['1a']],
  [{ timestamp: 2, direction: 'new' }, ['3a']],
  [{ timestamp: 2, conv_id: 'b' }, ['2a', '1a']],
  [{ timestamp: 2, conv_id: 'a', direction: 'new' }, ['2b', '3a']],
  [{ timestamp: 9 }, ['3a', '2b', '2a', '1a']],
])('%j', (page, expected) => {
  const found = pageOfSubscriptions(all, { limit: 10, direction: 'old', ...page });
  expect(found.map(({ timestamp, conv_id: id }) => `${String(timestamp)}${id}`)).toEqual(expected);
});
