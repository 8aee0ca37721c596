import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '#prisma/client.js';
import type { DatabaseSettings } from '../configuration.js';

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

  constructor(settings: DatabaseSettings, name: string) {
    const names = new StatementNames();
    const connections = {
      connectionString: settings.DATABASE_URL,
      application_name: `hookline-${name}`,
      max: settings.HOOKLINE_DATABASE_CONNECTIONS,
      connectionTimeoutMillis: 5_000,
      options: [...sessionLimits, ...planSettings, ...roleOption(settings.HOOKLINE_DATABASE_ROLE)].join(' '),
    };
    this.client = new PrismaClient({
      adapter: new PrismaPg(connections, { statementNameGenerator: ({ sql }) => names.of(sql) }),
    });
  }

  /** @throws when PostgreSQL does not answer */
  async check(): Promise<void> {
    await this.client.$queryRaw`SELECT 1`;
  }

  async close(): Promise<void> {
    await this.client.$disconnect();
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

function roleOption(role: string): string[] {
  return role === '' ? [] : [`-c role=${role}`];
}

/** Every connection keeps its prepared statements until it closes. */
const namedStatements = 200;
const unnamed = '';

/**
 * Names make PostgreSQL keep a statement's plan: planning the append takes longer than running it. The first statements
 * that an app uses get names; texts that vary without end (lists of parameters) do not fill the server's memory.
 */
class StatementNames {
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
