import { describe, expect, test } from '@jest/globals';
import { pathsOf, routeNames, routeOf } from '#contracts/leancloud/routes/routes.js';
import { LeanCloudError } from './leancloud-error.js';
import { matchRoute } from './route-table.js';

describe('the table of routes', () => {
  const all = routeNames.flatMap((name) =>
    pathsOf(routeOf(name)).map((path) => [routeOf(name).method.toUpperCase(), path, name] as const),
  );

  test.each(all)('%s %s is %s', (method, path, name) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, '$1%20x');
    const { name: found, parameters } = matchRoute(method, filled);
    expect(found).toBe(name);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
    expect(parameters).toEqual(Object.fromEntries(named.map((parameter) => [parameter, `${parameter} x`])));
    expect(matchRoute(method, `${filled}/`).name).toBe(name);
  });

  const refusal = (method: string, path: string): unknown => {
    try {
      return matchRoute(method, path);
    } catch (error) {
      return error instanceof LeanCloudError
        ? [error.status, error.code, error.details.allow?.toSorted()]
        : error;
    }
  };

  test('a method that a path does not know', () => {
    expect(refusal('PATCH', '/1.2/rtm/conversations/x')).toEqual([405, 1, ['DELETE', 'PUT']]);
  });

  test.each([
    '/1.2/rtm',
    '/1.2/rtm/groups',
    '/1.1/rtm/conversations',
    '/1x2/rtm/conversations',
    '/1.2/rtm/conversations/a/b/c',
  ])('%s is not served', (path) => {
    expect(refusal('GET', path)).toEqual([404, 1, undefined]);
  });

  test('what cannot be decoded', () => {
    expect(refusal('PUT', '/1.2/rtm/conversations/%zz')).toEqual([404, 1, undefined]);
  });
});
