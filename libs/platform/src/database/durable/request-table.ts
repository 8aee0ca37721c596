import { Prisma } from '#prisma/client.js';
import type { Database, Transaction } from '../database.js';

export interface RequestKey {
  readonly applicationId: string;
  readonly namespace: string;
  readonly key: string;
}

export interface StoredRequest {
  readonly fingerprint: string;
  /** JSON text */
  readonly outcome: string;
}

/** Rows deleted at once. */
const sweepPortion = 5_000;

/** The table request of one schema: the first outcome of every (application, namespace, key). */
export class RequestTable {
  private readonly requests: Prisma.Sql;

  /** @param schema a name from code, never from input: it becomes part of the statements */
  constructor(
    private readonly database: Database,
    schema: string,
  ) {
    this.requests = Prisma.raw(`"${schema}"."request"`);
  }

  /**
   * Waits for a concurrent claim of the same key: when that one commits this one has lost, when it rolls back this one
   * has won.
   *
   * @param retention ms, or null to keep it for ever
   * @returns whether the key belongs to this transaction now
   */
  async claim(
    transaction: Transaction,
    { applicationId, namespace, key }: RequestKey,
    fingerprint: string,
    retention: number | null,
  ): Promise<boolean> {
    const claimed = await transaction.$executeRaw`
      INSERT INTO ${this.requests} (application_id, namespace, key, fingerprint, outcome, expires_at)
      VALUES (${applicationId}, ${namespace}, ${key}, ${fingerprint}, 'null',
        now() + ${retention}::double precision * interval '1 millisecond')
      ON CONFLICT (application_id, namespace, key) DO NOTHING`;
    return claimed === 1;
  }

  async find(
    transaction: Transaction,
    { applicationId, namespace, key }: RequestKey,
  ): Promise<StoredRequest | undefined> {
    const [row] = await transaction.$queryRaw<StoredRequest[]>`
      SELECT fingerprint, outcome FROM ${this.requests}
      WHERE application_id = ${applicationId} AND namespace = ${namespace} AND key = ${key}`;
    return row;
  }

  async removeExpired(
    transaction: Transaction,
    { applicationId, namespace, key }: RequestKey,
  ): Promise<void> {
    await transaction.$executeRaw`
      DELETE FROM ${this.requests}
      WHERE application_id = ${applicationId} AND namespace = ${namespace} AND key = ${key}
        AND expires_at <= now()`;
  }

  /** Deletes a portion of those of an application. @returns how many */
  forget(applicationId: string): Promise<number> {
    return this.database.queries.$executeRaw`
      DELETE FROM ${this.requests} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${this.requests} WHERE application_id = ${applicationId} LIMIT ${sweepPortion}
      ))`;
  }

  async complete(
    transaction: Transaction,
    { applicationId, namespace, key }: RequestKey,
    outcome: string,
  ): Promise<void> {
    await transaction.$executeRaw`
      UPDATE ${this.requests} SET outcome = ${outcome}
      WHERE application_id = ${applicationId} AND namespace = ${namespace} AND key = ${key}`;
  }

  /** Deletes what has expired, portion by portion, so that no statement grows long. */
  async sweep(): Promise<void> {
    for (let deleted = sweepPortion; deleted === sweepPortion;) {
      deleted = await this.database.client.$executeRaw`
        DELETE FROM ${this.requests}
        WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM ${this.requests} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${sweepPortion}
        )) AND expires_at <= now()`;
    }
  }
}
