import { randomUUID } from 'node:crypto';
import { quoted } from '../../scripts/sql.mjs';
import { query, Tables } from './tables.js';

export const template = 'hookline_template';

/** A database of its own with the migrations applied. */
export class TestDatabase extends Tables {
  private constructor(
    url: string,
    private readonly serverUrl: string,
    private readonly name: string,
  ) {
    super(url);
  }

  /** On the run's PostgreSQL, or on another. */
  static async clone(server = process.env['HOOKLINE_TEST_DATABASE_URL']): Promise<TestDatabase> {
    if (server === undefined)
      throw new Error('HOOKLINE_TEST_DATABASE_URL is not set: run the tests by npm test');
    const name = `hookline_world_${randomUUID().replaceAll('-', '')}`;
    await query(server, `CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    return new TestDatabase(url.href, server, name);
  }

  async drop(): Promise<void> {
    await query(this.serverUrl, `DROP DATABASE IF EXISTS ${quoted(this.name)} WITH (FORCE)`);
  }
}
