import { withConnection } from '../../scripts/sql.mjs';

type Row = Readonly<Record<string, unknown>>;

interface Held {
  letGo(): Promise<void>;
  /** How many transactions wait for it, or for one that does. */
  waiting(): Promise<number>;
}

/** Of the transactions that wait for a process, or for one that does. */
const waiters = `
  WITH RECURSIVE waiter AS (
    SELECT $1::int AS pid
    UNION
    SELECT activity.pid FROM pg_stat_activity AS activity JOIN waiter ON waiter.pid = ANY (pg_blocking_pids(activity.pid))
  )
  SELECT count(*)::int - 1 AS count FROM waiter`;

const consumers = ['hook_engine', 'push_notification', 'webhook_delivery'];

/** Any database of a platform, seen past all roles: for what a test wants to know of the tables. */
export class Tables {
  constructor(readonly url: string) {}

  /** Rows of a statement; its `$1`, `$2`, ... are texts. */
  sql(statement: string, ...parameters: string[]): Promise<Row[]> {
    return query(this.url, statement, parameters);
  }

  /**
   * Runs a statement in a transaction and keeps what it has locked.
   *
   * @returns lets go of it, and undoes what the statement did
   */
  async holding(statement: string, ...parameters: string[]): Promise<() => Promise<void>> {
    return (await this.hold(statement, ...parameters)).letGo;
  }

  /** As `holding`, for whoever wants to know who waits for it. */
  async hold(statement: string, ...parameters: string[]): Promise<Held> {
    const begun = Promise.withResolvers<string>();
    const end = Promise.withResolvers<undefined>();
    const held = withConnection(this.url, async (connection) => {
      await connection.executeScript('BEGIN');
      const [row] = await run(connection, 'SELECT pg_backend_pid()::text AS pid', []);
      await run(connection, statement, parameters);
      begun.resolve(String(row!['pid']));
      await end.promise;
      await connection.executeScript('ROLLBACK');
    });
    held.catch(begun.reject);
    const pid = await begun.promise;
    return {
      letGo: () => {
        end.resolve(undefined);
        return held;
      },
      waiting: async () => {
        const [row] = await this.sql(waiters, pid);
        return Number(row!['count']);
      },
    };
  }

  /** How many rows each table of the platform has. */
  async rowCounts(): Promise<Record<string, number>> {
    // What was called is recorded for a while, whatever came of it.
    const tables = (await this.tables()).filter((table) => table !== 'hook_engine.hook_run');
    const counts = tables.map((table) => `SELECT '${table}' AS name, count(*)::int AS rows FROM ${table}`);
    const rows = await this.sql(counts.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, rows: count }) => [String(name), Number(count)]));
  }

  /** Tables with a row in which the text stands, in whatever column. */
  async tablesWith(text: string): Promise<string[]> {
    return [...new Set((await this.rowsWith(text)).map(({ table }) => table))];
  }

  /** Rows in which the text stands, in whatever column, as text, in JSON, or as bytes; at most 100 of a table. */
  async rowsWith(text: string): Promise<{ table: string; row: string }[]> {
    const tables = await this.tables();
    // A row as text shows all of its columns, bytes among them in hexadecimal.
    const searches = tables.map(
      (table) => `(SELECT '${table}' AS name, searched::text AS found FROM ${table} AS searched
        WHERE strpos(searched::text, $1) > 0 OR strpos(searched::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0
        LIMIT 100)`,
    );
    const rows = await this.sql(searches.join(' UNION ALL '), text);
    return rows.map(({ name, found }) => ({ table: String(name), row: String(found) }));
  }

  /** Conversations, of an application or of all, with events that a durable consumer has not taken over yet. */
  async unconsumed(applicationId?: string): Promise<number> {
    const behind = consumers.map((schema) => isBehind(schema));
    const [row] = await this.sql(
      `SELECT count(*)::int AS behind FROM conversation.conversation_head AS head
       JOIN conversation.conversation ON key = head.conversation_key
       WHERE (application_id = $1 OR $1 = '') AND (${behind.join(' OR ')})`,
      applicationId ?? '',
    );
    return Number(row?.['behind']);
  }

  /** What is still on its way to somebody outside, in words; empty when all has been handed over. */
  async unfinished(): Promise<string[]> {
    const counts = [
      `SELECT 'outbox' AS what, count(*)::int AS count FROM conversation.outbox_entry WHERE published_at IS NULL`,
      `SELECT 'occurrences', count(*)::int FROM conversation.occurrence`,
      ...consumers.flatMap((schema) => [
        `SELECT '${schema} inbox', count(*)::int FROM conversation.conversation_head AS head WHERE ${isBehind(schema)}`,
        `SELECT '${schema} jobs', count(*)::int FROM ${workOf(schema)} WHERE state = 'pending'`,
      ]),
    ];
    const rows = await this.sql(counts.join(' UNION ALL '));
    return rows
      .filter(({ count }) => Number(count) > 0)
      .map(({ what, count }) => `${String(what)}: ${String(count)}`);
  }

  /** Every table that is not PostgreSQL's own. */
  private async tables(): Promise<string[]> {
    const rows = await this.sql(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    return rows.map(({ name }) => String(name));
  }
}

function workOf(schema: string): string {
  return schema === 'webhook_delivery' ? 'webhook_delivery.delivery' : `${schema}.job`;
}

function isBehind(schema: string): string {
  return `head.last_seq > coalesce(
    (SELECT lane.last_seq FROM ${schema}.inbox_lane AS lane WHERE lane.lane = head.conversation_key), 0)`;
}

export function query(url: string, sql: string, parameters: readonly string[] = []): Promise<Row[]> {
  return withConnection(url, (connection) => run(connection, sql, parameters));
}

async function run(
  connection: Parameters<Parameters<typeof withConnection>[1]>[0],
  sql: string,
  parameters: readonly string[],
): Promise<Row[]> {
  const argTypes = parameters.map(() => ({ scalarType: 'string', arity: 'scalar' }) as const);
  const { columnNames, rows } = await connection.queryRaw({ sql, args: [...parameters], argTypes });
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [columnNames[index]!, value])));
}
