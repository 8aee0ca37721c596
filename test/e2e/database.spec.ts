import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Database } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import { cloneDatabase, until } from '../harness/durable-world.js';

let database: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ database, drop } = await cloneDatabase());
});
afterAll(async () => {
  await drop();
});
beforeEach(async () => {
  await database.queries.$executeRaw`DELETE FROM hook_engine.inbox_lane`;
});

const insert = (queries: Queries, lane: number) =>
  queries.$executeRaw`INSERT INTO hook_engine.inbox_lane (lane, last_seq) VALUES (${lane}, 0)`;

async function lanes(): Promise<bigint[]> {
  const rows = await database.queries.$queryRaw<{ lane: bigint }[]>`
    SELECT lane FROM hook_engine.inbox_lane ORDER BY lane`;
  return rows.map(({ lane }) => lane);
}

test('raw statements give what they give through Prisma', async () => {
  const statement = (queries: Queries) =>
    queries.$queryRaw<object[]>`
      SELECT 9007199254740993::bigint AS big, 1 AS small, '{a,b}'::text[] AS list, NULL AS nothing, true AS yes,
        '2026-11-21T00:00:00.123Z'::timestamptz AS moment, ${['x', null]}::text[] AS asked`;
  expect(await statement(database.queries)).toEqual(await statement(database.client));
});

test('what a transaction wrote is there when it has ended, by either way of committing', async () => {
  await database.transact(async (queries) => {
    await Promise.all([insert(queries, 1), insert(queries, 2)]);
  });
  await database.transact((queries) => insert(queries.andCommit, 3));
  expect(await lanes()).toEqual([1n, 2n, 3n]);
});

test('a transaction that throws leaves nothing', async () => {
  const thrown = database.transact(async (queries) => {
    await insert(queries, 1);
    throw new Error('changed my mind');
  });
  await expect(thrown).rejects.toThrow('changed my mind');
  expect(await lanes()).toEqual([]);
});

test('a statement that PostgreSQL refuses rolls everything back, also when the commit travelled with it', async () => {
  const refused = database.transact(async (queries) => {
    await insert(queries, 1);
    await insert(queries.andCommit, 1);
  });
  await expect(refused).rejects.toMatchObject({ code: '23505' });
  expect(await lanes()).toEqual([]);
});

test('a refusal that the work ignores is not taken for a commit', async () => {
  const ignoring = database.transact(async (queries) => {
    await insert(queries, 1);
    await insert(queries, 1).catch(() => undefined);
  });
  await expect(ignoring).rejects.toThrow('rolled back');
  expect(await lanes()).toEqual([]);
});

test('a connection that is lost fails its transaction and not the process; the next one gets another', async () => {
  const cut = database.transact(async (queries) => {
    await insert(queries, 1);
    const [backend] = await queries.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    // Roles may end their own connections.
    await database.queries.$queryRaw`SELECT pg_terminate_backend(${backend?.pid}::int)`;
    await insert(queries, 2);
  });
  await expect(cut).rejects.toThrow();
  await until(async () => (await lanes()).length === 0);
  await database.transact((queries) => insert(queries, 3));
  expect(await lanes()).toEqual([3n]);
});
