import { expect, test } from '@jest/globals';
import { isOpenedBy, openedBy } from './access-paths.js';

test.each([
  ['/*/users/**', 'GET', '/v0.3/users/USR-1', true],
  ['/*/users/**', 'GET', '/v0.3/users/USR-1/conversations', true],
  ['/*/users/**', 'POST', '/v1/users', true],
  ['/*/users/**', 'GET', '/v1/conversations', false],
  ['/*/users/**', 'GET', '/users/USR-1', false],
  ['/*/users/**', 'GET', '/api/v1/users', false],
  ['/v1/users/*', 'GET', '/v1/users/USR-1', true],
  ['/v1/users/*', 'GET', '/v1/users', false],
  ['/v1/users/*', 'GET', '/v1/users/USR-1/sessions', false],
  ['/v1/users', 'GET', '/v1/users/', true],
  ['/**', 'DELETE', '/beta/conversations/CON-1', true],
  ['/*/conversations/*/events/**', 'POST', '/beta/conversations/CON-1/events', true],
  ['/*/conversations/*/events/**', 'POST', '/beta/conversations/CON-1/members', false],
  // Two stars are any number of segments at the end alone.
  ['/**/users', 'GET', '/v1/users', false],
  ['', 'GET', '/v1/users', false],
])('%s and %s %s: %s', (pattern, method, path, expected) => {
  expect(isOpenedBy({ [pattern]: {} }, method, path)).toBe(expected);
});

test('a rule is for its methods alone, in whatever case', () => {
  const paths = { '/*/users/**': { methods: ['get', 'PATCH'] } };
  expect(['GET', 'PATCH', 'POST'].map((method) => isOpenedBy(paths, method, '/v1/users/USR-1'))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isOpenedBy({ '/*/users/**': { methods: [] } }, 'GET', '/v1/users')).toBe(false);
});

test('any of several rules opens a path; none opens nothing', () => {
  const paths = { '/*/users/**': { methods: ['GET'] }, '/*/sessions/**': {} };
  expect(isOpenedBy(paths, 'POST', '/v0.3/sessions')).toBe(true);
  expect(isOpenedBy({}, 'GET', '/v1/users')).toBe(false);
});

test('a rule with a filter, which cannot be kept, opens nothing', () => {
  expect(isOpenedBy({ '/*/users/**': { filters: { to: { type: 'phone' } } } }, 'GET', '/v1/users')).toBe(
    false,
  );
});

test('a token without a list opens everything where none is required; a list always counts', () => {
  const opens = (listed: Parameters<typeof openedBy>[0], isRequired: boolean): boolean =>
    isOpenedBy(openedBy(listed, isRequired), 'POST', '/v1/sessions');
  expect([opens(undefined, true), opens(undefined, false)]).toEqual([false, true]);
  expect([opens({}, false), opens({ '/*/users/**': {} }, false)]).toEqual([false, false]);
  expect(opens({ '/*/sessions/**': {} }, true)).toBe(true);
});
