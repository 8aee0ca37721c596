import { expect, test } from '@jest/globals';
import { dialectOf } from './dialect-of.js';

test.each([
  ['/1.1', 'leancloud'],
  ['/1.2?where={}', 'leancloud'],
  ['/1.1/classes/_Conversation', 'leancloud'],
  ['/1.2/rtm/conversations?limit=1', 'leancloud'],
  ['/1.10/rtm', 'native'],
  ['/1.3/rtm', 'native'],
  ['/1x1/rtm', 'native'],
  ['/api/1.1/rtm', 'native'],
  ['/api/v1/users', 'native'],
  ['/beta/conversations', 'vonage'],
  ['/beta2/conversations/CON-1/events?start_id=1', 'vonage'],
  ['/beta3/conversations', 'native'],
  ['/v0.1/users', 'vonage'],
  ['/v0.3', 'vonage'],
  ['/v0.4/users', 'native'],
  ['/v0x3/users', 'native'],
  ['/v1/conversations', 'vonage'],
  ['/v1/users?page_size=1', 'vonage'],
  ['/v1/users/USR-1', 'vonage'],
  ['/v1/users:batchGet', 'native'],
  ['/v1/phones/1/agentMessages', 'native'],
  ['/v1/files?uploadType=media', 'native'],
  ['/v1/route', 'native'],
  ['/v1/routes', 'vonage'],
  ['/v10/users', 'native'],
  ['/v2/rtc/metrics', 'vonage'],
  ['/v2/rtc/', 'native'],
  ['/', 'native'],
  [undefined, 'native'],
])('%s is %s', (url, dialect) => {
  expect(dialectOf(url)).toBe(dialect);
});
