import type { OnApplicationBootstrap, BeforeApplicationShutdown } from '@nestjs/common';
import { type Database, type Transaction } from '../database/database.js';
import { RequestTable } from '../database/durable/request-table.js';
import { Periodic } from '../durable/periodic.js';
import { type Log } from '../log.js';

/** The key was used before, for something else. */
export class IdempotencyConflict extends Error {
  constructor() {
    super('The idempotency key was used for a different request');
    this.name = 'IdempotencyConflict';
  }
}

export interface IdempotentWork {
  readonly applicationId: string;
  /** null: the caller gave no key, the work is simply done */
  readonly request: { readonly namespace: string; readonly key: string } | null;
  /** From `fingerprintOf` everything that makes two requests the same. */
  readonly fingerprint: string;
  /** How long the outcome is answered again, in ms; null for ever. */
  readonly retention: number | null;
}

const sweepInterval = 60 * 60 * 1_000;
const claimAttempts = 3;

/** Does work once per key and answers its first outcome from then on, over the table `request` of one schema. */
export class IdempotentRequests implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly table: RequestTable;
  private readonly sweeper: Periodic;

  /** @param schema a name from code, never from input */
  constructor(database: Database, schema: string, log: Log) {
    this.table = new RequestTable(database, schema);
    this.sweeper = new Periodic('expired requests', sweepInterval, () => this.table.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.sweeper.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sweeper.stop();
  }

  /** Forgets a portion of what an application has asked. @returns how many requests */
  forget(applicationId: string): Promise<number> {
    return this.table.forget(applicationId);
  }

  /**
   * Runs inside the caller's transaction, so that the claim, the work and its outcome are stored together or not at all;
   * work that rejects leaves the key free. Two at once with one key: the second waits for the first.
   *
   * @param work its outcome must have a JSON form and must not hold secrets: store ids and rebuild the answer
   * @throws IdempotencyConflict when the key was used with another fingerprint
   */
  async run<Outcome>(
    transaction: Transaction,
    { applicationId, request, fingerprint, retention }: IdempotentWork,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> {
    if (request === null) return work();
    const key = { applicationId, ...request };
    for (let attempt = 0; attempt < claimAttempts; attempt += 1) {
      if (await this.table.claim(transaction, key, fingerprint, retention)) {
        const outcome = await work();
        await this.table.complete(transaction, key, JSON.stringify(outcome ?? null));
        return outcome;
      }
      // A conflicting row that is gone again was expired and removed by somebody else: claim once more.
      await this.table.removeExpired(transaction, key);
      const stored = await this.table.find(transaction, key);
      if (stored === undefined) continue;
      if (stored.fingerprint !== fingerprint) throw new IdempotencyConflict();
      return JSON.parse(stored.outcome) as Outcome;
    }
    throw new Error('An idempotency key could not be claimed');
  }
}
