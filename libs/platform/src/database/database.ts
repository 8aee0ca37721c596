import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '#prisma/client.js';
import type { DatabaseSettings } from '../configuration.js';
import { DirectTransaction, PgQueries, resultTypes, StatementNames, type Queries } from './queries.js';

/** An interactive transaction, or the client itself. */
export type Transaction = Omit<
  PrismaClient,
  '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'
>;

/**
 * The app's connections to PostgreSQL. Every connection takes the app's role at its start, so a statement that reaches
 * into another app's schema is refused by PostgreSQL. Injected into `store/` folders only.
 */
export class Database {
  readonly client: PrismaClient;
  /** Raw statements without Prisma's engine between, each by itself: for what runs very often. */
  readonly queries: Queries;
  private readonly pool: pg.Pool;
  private readonly names = new StatementNames();

  constructor(settings: DatabaseSettings, name: string) {
    const { HOOKLINE_DATABASE_CONNECTIONS: most } = settings;
    const direct = Math.ceil(most / 2);
    const connections = {
      connectionString: settings.DATABASE_URL,
      application_name: `hookline-${name}`,
      connectionTimeoutMillis: connectionPatience,
      options: [...sessionLimits, ...planSettings, ...roleOption(settings.HOOKLINE_DATABASE_ROLE)].join(' '),
    };
    this.client = new PrismaClient({
      // As long as for a connection elsewhere.
      transactionOptions: { maxWait: connectionPatience },
      adapter: new PrismaPg(
        { ...connections, max: most - direct },
        { statementNameGenerator: ({ sql }) => this.names.of(sql) },
      ),
    });
    this.pool = new pg.Pool({
      ...connections,
      max: direct,
      pipeline: true,
      types: resultTypes,
      query_timeout: answerPatience,
    });
    // Of idle connections: whoever needs one next opens a new one, and learns when that fails.
    this.pool.on('error', ignore);
    this.queries = new PgQueries(this.pool, this.names);
  }

  /**
   * A transaction of raw statements, without Prisma's engine between. Statements that are begun side by side travel
   * together and run in their order.
   *
   * @throws what `work` throws, after the transaction was rolled back. When committing itself throws, nobody knows whether
   *   it has happened.
   */
  async transact<Result>(work: (queries: DirectTransaction) => Promise<Result>): Promise<Result> {
    const connection = await this.pool.connect();
    // A lost connection fails its statements; unheard, the event would end the process.
    connection.on('error', ignore);
    let failure: Error | undefined;
    try {
      const transaction = new DirectTransaction(connection, this.names);
      const begun = connection.query('BEGIN');
      // Not waited for: it travels with the first statement, which fails too when this does.
      begun.catch(ignore);
      const result = await work(transaction);
      await begun;
      await transaction.commit();
      return result;
    } catch (error) {
      // A connection that cannot even roll back is not used again; closing it ends its transaction.
      failure = await connection.query('ROLLBACK').then(
        () => undefined,
        (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
      );
      throw error;
    } finally {
      connection.off('error', ignore);
      connection.release(failure);
    }
  }

  /** Raw statements over one connection, not a transaction: those that are begun side by side travel together. */
  async together<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const connection = await this.pool.connect();
    connection.on('error', ignore);
    let failure: Error | undefined;
    try {
      return await work(new PgQueries(connection, this.names));
    } catch (error) {
      // Others of its statements may still be under way.
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      connection.off('error', ignore);
      connection.release(failure);
    }
  }

  /** @throws when PostgreSQL does not answer */
  async check(): Promise<void> {
    await this.client.$queryRaw`SELECT 1`;
  }

  async close(): Promise<void> {
    await Promise.all([this.client.$disconnect(), this.pool.end()]);
  }
}

/**
 * A replica that is paused or cut off in the middle of a transaction must not hold its locks for long: others wait for
 * them, and would run out of connections. Values in ms, smallest first: whoever waits gives up before the holder is ended.
 */
const sessionLimits = [
  '-c lock_timeout=4000',
  '-c idle_in_transaction_session_timeout=5000',
  '-c statement_timeout=10000',
];

/**
 * Every statement of an app has an index to go by. Plans are made once per connection, often on a database that is still
 * empty, where a scan seems cheap: such a plan was seen to read a whole table for every job a minute later.
 */
const planSettings = ['-c plan_cache_mode=force_generic_plan', '-c enable_seqscan=off'];

const ignore = (): undefined => undefined;

/** How long (ms) a connection is waited for. */
const connectionPatience = 5_000;
/** A server that does not answer for so long (ms) is given up with its connection; longer than `statement_timeout`. */
const answerPatience = 12_000;

function roleOption(role: string): string[] {
  return role === '' ? [] : [`-c role=${role}`];
}
