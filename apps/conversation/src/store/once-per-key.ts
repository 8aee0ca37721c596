import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { limits } from '#contracts/limits.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict, IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Log } from '#platform/log.js';

/** Work whose outcome is remembered under the caller's idempotency key, in the transaction that does it. */
@Injectable()
export class OncePerKey {
  private readonly requests: IdempotentRequests;

  constructor(database: Database, log: Log) {
    this.requests = new IdempotentRequests(database, 'conversation', log);
  }

  /**
   * @param question.content what makes it the same request
   * @param work its outcome must be JSON without secrets
   * @throws HooklineError idempotency_key_reused
   */
  async run<Outcome>(
    transaction: Transaction,
    question: {
      readonly applicationId: string;
      readonly request: IdempotentRequest | null;
      readonly content: unknown;
    },
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
