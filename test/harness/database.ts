import { randomUUID } from 'node:crypto';
import { quoted, withConnection } from '../../scripts/sql.mjs';

type Row = Readonly<Record<string, unknown>>;

const schemas = ['conversation', 'hook_engine', 'push_notification', 'webhook_delivery'];
export const template = 'hookline_template';

/** A database of its own with the migrations applied, seen past all roles: for what a test wants to know of the tables. */
export class TestDatabase {
  private constructor(
    readonly url: string,
    private readonly serverUrl: string,
    private readonly name: string,
  ) {}

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

  /** Rows of a statement; its `$1`, `$2`, ... are texts. */
  sql(statement: string, ...parameters: string[]): Promise<Row[]> {
    return query(this.url, statement, parameters);
  }

  /** How many rows each table of the platform has. */
  async rowCounts(): Promise<Record<string, number>> {
    const tables = await this.tables();
    const counts = tables.map((table) => `SELECT '${table}' AS name, count(*)::int AS rows FROM ${table}`);
    const rows = await this.sql(counts.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, rows: count }) => [String(name), Number(count)]));
  }

  /** Tables with a row in which the text stands, in whatever column: as text, in JSON, or as bytes. */
  async tablesWith(text: string): Promise<string[]> {
    const tables = await this.tables();
    // A row as text shows all of its columns, bytes among them in hexadecimal.
    const searches = tables.map(
      (table) => `SELECT '${table}' AS name WHERE EXISTS (
        SELECT FROM ${table} AS searched
        WHERE strpos(searched::text, $1) > 0 OR strpos(searched::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0)`,
    );
    return (await this.sql(searches.join(' UNION ALL '), text)).map(({ name }) => String(name));
  }

  /** Conversations with events that a durable consumer has not taken over yet. */
  async unconsumed(): Promise<number> {
    const behind = ['hook_engine', 'push_notification', 'webhook_delivery'].map(
      (schema) => `head.last_seq > coalesce(
        (SELECT lane.last_seq FROM ${schema}.inbox_lane AS lane WHERE lane.lane = head.conversation_key), 0)`,
    );
    const [row] = await this.sql(
      `SELECT count(*)::int AS behind FROM conversation.conversation_head AS head WHERE ${behind.join(' OR ')}`,
    );
    return Number(row?.['behind']);
  }

  private async tables(): Promise<string[]> {
    const rows = await this.sql(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname = ANY(string_to_array($1, ',')) ORDER BY 1`,
      schemas.join(','),
    );
    return rows.map(({ name }) => String(name));
  }
}

function query(url: string, sql: string, parameters: readonly string[] = []): Promise<Row[]> {
  return withConnection(url, async (connection) => {
    const argTypes = parameters.map(() => ({ scalarType: 'string', arity: 'scalar' }) as const);
    const { columnNames, rows } = await connection.queryRaw({ sql, args: [...parameters], argTypes });
    return rows.map((row) => Object.fromEntries(row.map((value, index) => [columnNames[index]!, value])));
  });
}
