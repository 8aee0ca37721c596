import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue } from '#contracts/errors.js';
import { pathsOf, routeNames, routeOf } from '#contracts/leancloud/routes/routes.js';
import { limits } from '#contracts/limits.js';
import { vonageLimits } from '#contracts/vonage/limits.js';
import { routeNames as vonageRouteNames, routeOf as vonageRouteOf } from '#contracts/vonage/routes/routes.js';
import { prefixes } from '#contracts/vonage/versions.js';
import { deliverySchedule } from '#domain/delivery/retry-schedule.js';

function source(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
}

function document(name: string): string {
  return source(`docs/${name}`);
}

/** Cells of the table rows whose first cell is code, by that code. */
function table(text: string): Map<string, string[]> {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  return new Map(rows.map(([name = '', ...cells]) => [name.replaceAll('`', ''), cells]));
}

describe('documents say what the code says', () => {
  test('docs/errors.md has every error with its status, whether it may be retried, and its title, and no other', () => {
    const expected = Object.entries(errorCatalogue).map(([code, { status, retryable, title }]) => [
      code,
      [String(status), retryable ? 'yes' : 'no', title],
    ]);
    expect(Object.fromEntries(table(document('errors.md')))).toEqual(Object.fromEntries(expected));
  });

  test('docs/limits.md has every limit with its value, and no other', () => {
    const documented = [...table(document('limits.md'))]
      .filter(([name]) => !name.startsWith('HOOKLINE_'))
      .map(([name, [value]]) => [name, value]);
    const expected = Object.entries(limits).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });

  test('docs/limits.md has every rate that a gateway limits, with its default', () => {
    const settings = source('apps/gateway/src/gateway.config.ts').matchAll(
      /(HOOKLINE_LIMIT_\w+): rate\('([^']+)'\)/g,
    );
    const expected = [...settings].map(([, name, usual]) => [name, `\`${usual ?? ''}\``]);
    expect(expected).toHaveLength(6);
    const documented = [...table(document('limits.md'))].filter(([name]) => name.startsWith('HOOKLINE_'));
    expect(documented.map(([name, [usual]]) => [name, usual])).toEqual(expected);
  });

  test('docs/dialects/leancloud.md has every route that is served, of which kinds, and no other', () => {
    const collections: Record<string, string> = {
      C: 'conversations',
      R: 'chatrooms',
      S: 'service-conversations',
    };
    const documented = [...table(document('dialects/leancloud.md'))]
      .filter(([name]) => /^[A-Z]+ \/1\./.test(name))
      .flatMap(([name, [kinds = '']]) =>
        name.includes('{collection}')
          ? kinds.split(' ').map((kind) => name.replace('{collection}', collections[kind] ?? kind))
          : [name],
      );
    const served = routeNames.flatMap((name) =>
      pathsOf(routeOf(name)).map((path) => `${routeOf(name).method.toUpperCase()} ${path}`),
    );
    expect(documented.toSorted()).toEqual(served.toSorted());
  });

  test('docs/dialects/vonage.md has every route that is served, in which versions, and no other', () => {
    const documented = [...table(document('dialects/vonage.md'))].filter(([name]) => /^[A-Z]+ \//.test(name));
    const served = new Map<string, string[]>();
    for (const { methods, path, versions: of } of vonageRouteNames.map(vonageRouteOf))
      for (const method of methods) {
        const name = `${method.toUpperCase()} ${path}`;
        served.set(name, [...(served.get(name) ?? []), ...of]);
      }
    const expected = [...served].map(([name, of]) => [
      name,
      Object.keys(prefixes).every((version) => of.includes(version)) ? 'all' : of.toSorted().join(' '),
    ]);
    expect(Object.fromEntries(documented.map(([name, [of]]) => [name, of]))).toEqual(
      Object.fromEntries(expected),
    );
  });

  test('docs/dialects/vonage.md has every limit of its own with its value, and no other', () => {
    const [, section = ''] = document('dialects/vonage.md').split('### Limits');
    const documented = [...table(section.split('###')[0] ?? '')].map(([name, [value]]) => [name, value]);
    const expected = Object.entries(vonageLimits).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });

  test('docs/webhooks.md has the schedule of repetitions', () => {
    const units: Record<string, number> = { s: 1_000, min: 60_000, h: 3_600_000 };
    const delays = [...document('webhooks.md').matchAll(/^\| \d+ +\| (\d+) (s|min|h) +\|$/gm)].map(
      ([, count, unit = '']) => Number(count) * (units[unit] ?? NaN),
    );
    expect(delays).toEqual(deliverySchedule);
  });
});
