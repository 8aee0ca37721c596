// @ts-check
// The few statements that the bootstrap needs, through the driver that Prisma brings. Its packages are imported late:
// these files are loaded before they are installed.
import { setTimeout as wait } from 'node:timers/promises';

/** @typedef {import('@prisma/driver-adapter-utils').SqlDriverAdapter} SqlDriverAdapter */

/**
 * Runs on one connection of its own.
 * @template T
 * @param {string} databaseUrl
 * @param {(connection: SqlDriverAdapter) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withConnection(databaseUrl, work) {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  const factory = new PrismaPg(
    // One that idles stays: it may be in a transaction.
    { connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 0 },
    { onPoolError: () => undefined, onConnectionError: () => undefined },
  );
  const connection = await factory.connect();
  try {
    return await work(connection);
  } finally {
    await connection.dispose();
  }
}

/**
 * @param {SqlDriverAdapter} connection
 * @param {string} sql
 * @returns {Promise<unknown[][]>}
 */
export async function rows(connection, sql) {
  return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
}

/**
 * @param {string} name
 * @returns {string}
 */
export function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * @param {string} serverUrl of any database of the server
 * @param {string} name
 */
export async function createDatabase(serverUrl, name) {
  await withConnection(serverUrl, async (connection) => {
    const found = await rows(
      connection,
      `SELECT 1 FROM pg_database WHERE datname = '${name.replaceAll("'", "''")}'`,
    );
    if (found.length === 0) await rows(connection, `CREATE DATABASE ${quoted(name)}`);
  });
}

/**
 * Returns when the server answers queries, throws when it has ended or takes longer than a crash recovery should.
 * @param {string} databaseUrl
 * @param {Promise<string>} ended
 */
export async function waitForDatabase(databaseUrl, ended) {
  /** @type {string | undefined} */
  let end;
  void ended.then((how) => {
    end = how;
  });
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      await withConnection(databaseUrl, (connection) => rows(connection, 'SELECT 1'));
      return;
    } catch (error) {
      if (end !== undefined) throw new Error(end, { cause: error });
      if (Date.now() > deadline) throw error;
      await wait(50);
    }
  }
}
