import pg from 'pg';
import { Prisma } from '#prisma/client.js';

/**
 * What a raw statement can be run on: Prisma's client, its interactive transaction, or a connection without Prisma's
 * engine between (`Database.transact`).
 */
export interface Queries {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** @returns how many rows were written */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
}

interface Connection {
  query(statement: string | { name: string; text: string; values: unknown[] }): Promise<pg.QueryResult>;
}

/** Raw statements straight through `pg`: results have the types that Prisma's raw queries have. */
export class PgQueries implements Queries {
  constructor(
    protected readonly connection: Connection,
    private readonly names: StatementNames,
  ) {}

  async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows> {
    const { rows } = await this.run(query, values);
    return rows as Rows;
  }

  async $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number> {
    const { rowCount } = await this.run(query, values);
    return rowCount ?? 0;
  }

  private run(query: TemplateStringsArray | Prisma.Sql, values: unknown[]): Promise<pg.QueryResult> {
    const statement = 'raw' in query ? Prisma.sql(query, ...values) : query;
    const { text } = statement;
    return this.connection.query({ name: this.names.of(text), text, values: statement.values });
  }
}

/** The statements of one transaction; see `Database.transact`. */
export class DirectTransaction extends PgQueries {
  private committing: Promise<pg.QueryResult> | undefined;
  /** A statement that is begun through this is the transaction's last: the commit travels with it. */
  readonly andCommit: Queries;

  constructor(connection: Connection, names: StatementNames) {
    super(connection, names);
    const last: Connection = {
      query: (statement) => {
        const result = connection.query(statement);
        this.committing = connection.query('COMMIT');
        this.committing.catch(() => undefined);
        return result;
      },
    };
    this.andCommit = new PgQueries(last, names);
  }

  /** @throws when PostgreSQL has rolled back instead, as it does after a failed statement */
  async commit(): Promise<void> {
    const { command } = await (this.committing ?? this.connection.query('COMMIT'));
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
  }
}

/** Eight-byte integers become bigint, as with Prisma; the rest is what `pg` makes of it. */
export const resultTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8
      ? BigInt
      : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

/** Every connection keeps its prepared statements until it closes. */
const namedStatements = 200;
const unnamed = '';

/**
 * Names make PostgreSQL keep a statement's plan: planning the append takes longer than running it. The first statements
 * that an app uses get names; texts that vary without end (lists of parameters) do not fill the server's memory.
 */
export class StatementNames {
  private readonly names = new Map<string, string>();

  of(sql: string): string {
    const known = this.names.get(sql);
    if (known !== undefined) return known;
    if (this.names.size >= namedStatements) return unnamed;
    const name = `hookline_${String(this.names.size)}`;
    this.names.set(sql, name);
    return name;
  }
}
