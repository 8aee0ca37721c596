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
    this.client = new PrismaClient({
      adapter: new PrismaPg({
        connectionString: settings.DATABASE_URL,
        application_name: `hookline-${name}`,
        max: settings.HOOKLINE_DATABASE_CONNECTIONS,
        connectionTimeoutMillis: 5_000,
        ...(settings.HOOKLINE_DATABASE_ROLE !== '' && {
          options: `-c role=${settings.HOOKLINE_DATABASE_ROLE}`,
        }),
      }),
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
