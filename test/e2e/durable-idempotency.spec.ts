import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '#platform/database/database.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict, IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { cloneDatabase, until, inTransaction, schema, silent } from '../harness/durable-world.js';

let database: Database;
let drop: () => Promise<void>;
let requests: IdempotentRequests;

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase());
  requests = new IdempotentRequests(database, schema, silent);
});
afterAll(async () => {
  await drop();
});
beforeEach(async () => {
  await database.client.hookRequest.deleteMany();
});

const day = 24 * 60 * 60 * 1_000;

interface Asked {
  readonly key: string;
  readonly content: unknown;
  readonly retention: number | null;
}

function run<Outcome>(
  work: () => Promise<Outcome>,
  { key = 'k', content = {}, retention = day }: Partial<Asked> = {},
): Promise<Outcome> {
  const request = { namespace: 'master', key };
  const asked = { applicationId: 'cartoons', request, fingerprint: fingerprintOf(content), retention };
  return inTransaction(database, (transaction) => requests.run(transaction, asked, work));
}

const expire = () => database.client.hookRequest.updateMany({ data: { expiresAt: new Date(0) } });

describe('idempotent requests', () => {
  test('the same key and content answers the first outcome', async () => {
    expect(await run(async () => ({ id: 1, list: ['a', null] }))).toEqual({ id: 1, list: ['a', null] });
    expect(await run(async () => ({ id: 2, list: [] }))).toEqual({ id: 1, list: ['a', null] });
    expect(await run(async () => 'other', { key: 'another' })).toBe('other');
  });

  test('the same key with other content is a conflict', async () => {
    await run(async () => 1, { content: { name: 'a' } });
    await expect(run(async () => 2, { content: { name: 'b' } })).rejects.toBeInstanceOf(IdempotencyConflict);
  });

  test('without a key the work is done every time', async () => {
    let runs = 0;
    const asked = { applicationId: 'cartoons', request: null, fingerprint: '', retention: day };
    for (let time = 0; time < 2; time++)
      await inTransaction(database, (transaction) => requests.run(transaction, asked, async () => ++runs));
    expect(runs).toBe(2);
    expect(await database.client.hookRequest.count()).toBe(0);
  });

  test('work that fails leaves the key free', async () => {
    await expect(
      run(async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await run(async () => 'yes')).toBe('yes');
  });

  test('of many at once one works, and all get its outcome', async () => {
    let runs = 0;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => run(async () => ++runs)));
    expect(runs).toBe(1);
    expect(outcomes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('an expired outcome is no outcome, whatever the content', async () => {
    await run(async () => 'old', { content: 'a' });
    await expire();
    expect(await run(async () => 'new', { content: 'b' })).toBe('new');
    expect(await run(async () => 'newer', { content: 'b' })).toBe('new');
  });

  test('without a retention an outcome is kept for ever; the sweep takes expired ones only', async () => {
    await run(async () => 1, { key: 'expired' });
    await expire();
    await run(async () => 2, { key: 'kept' });
    await run(async () => 3, { key: 'for ever', retention: null });
    requests.onApplicationBootstrap();
    await until(async () => (await database.client.hookRequest.count()) === 2);
    await requests.beforeApplicationShutdown();
    expect(await run(async () => 4, { key: 'for ever', retention: null })).toBe(3);
  });
});

describe('fingerprints', () => {
  test.each([
    [
      { a: 1, b: { c: 2, d: [1, 2] } },
      { b: { d: [1, 2], c: 2 }, a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
  ])('%j and %j are the same', (left, right) => {
    expect(fingerprintOf(left)).toBe(fingerprintOf(right));
  });

  test.each([
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [[], {}],
    [{ members: [['a', 1]] }, { a: 1 }],
    ['', null],
  ])('%j and %j are not', (left, right) => {
    expect(fingerprintOf(left)).not.toBe(fingerprintOf(right));
  });
});
