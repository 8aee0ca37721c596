import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { limits } from '#contracts/limits.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict, IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Log } from '#platform/log.js';
import { RequestsStore } from './requests.store.js';

/** A request, as its idempotency key knows it. */
export interface AskedOnce {
  readonly applicationId: string;
  readonly request: IdempotentRequest | null;
  /** What makes it the same request. */
  readonly content: unknown;
}

/** Work whose outcome is remembered under the caller's idempotency key, in the transaction that does it. */
@Injectable()
export class OncePerKey {
  private readonly requests: IdempotentRequests;

  constructor(
    database: Database,
    private readonly stored: RequestsStore,
    log: Log,
  ) {
    this.requests = new IdempotentRequests(database, 'conversation', log);
  }

  /**
   * For what has to be found out before a transaction begins.
   *
   * @returns the outcome that the request had before; null when it is new
   * @throws HooklineError idempotency_key_reused
   */
  async answered<Outcome>({ applicationId, request, content }: AskedOnce): Promise<Outcome | null> {
    if (request === null) return null;
    const stored = await this.stored.find({ applicationId, ...request });
    if (stored === null) return null;
    if (stored.fingerprint !== fingerprintOf(content)) throw new HooklineError('idempotency_key_reused');
    return JSON.parse(stored.outcome) as Outcome;
  }

  /**
   * @param work its outcome must be JSON without secrets
   * @throws HooklineError idempotency_key_reused
   */
  async run<Outcome>(
    transaction: Transaction,
    question: AskedOnce,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> {
    try {
      return await this.requests.run(
        transaction,
        {
          applicationId: question.applicationId,
          request: question.request,
          fingerprint: fingerprintOf(question.content),
          retention: limits.idempotencyRetention,
        },
        work,
      );
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
