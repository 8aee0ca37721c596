import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { presentEndpoints } from './new-deliveries.store.js';

/** A POST, or one delivery of it. */
export interface StoredAttempt {
  readonly id: string;
  readonly messageId: string;
  readonly number: number;
  readonly startedAt: Date;
  /** ms */
  readonly duration: number;
  readonly status: number | null;
  readonly outcome: string;
  readonly failure: string | null;
  readonly answer: string;
  readonly test: boolean;
  readonly eventIds: readonly string[];
}

/** A POST that was made to try an endpoint out. */
export type TestAttempt = Omit<StoredAttempt, 'number' | 'test' | 'eventIds'>;

export interface SeenAttempt {
  readonly id: string;
  readonly outcome: string;
}

/** A page's, and one more. */
export const attemptsSeenAtOnce = limits.pageSize + 1;
/** Greater than every id that we make. */
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The log of attempts, as owners read it. */
@Injectable()
export class AttemptsStore {
  constructor(private readonly database: Database) {}

  /**
   * POSTs to an endpoint, the newest first, `attemptsSeenAtOnce` of them. The endpoint is named by a range and the number
   * stands in the statement: else going by the ids of all endpoints together, or sorting all of one, seems to be as good.
   *
   * @param before only older ones; null: all
   */
  latest(endpointId: string, before: string | null): Promise<SeenAttempt[]> {
    return this.database.queries.$queryRaw<SeenAttempt[]>`
      SELECT id::text, outcome FROM webhook_delivery.attempt
      WHERE place = 0 AND endpoint_id >= ${endpointId}::uuid
        AND (endpoint_id, id) < (${endpointId}::uuid, ${before ?? lastId}::uuid)
      ORDER BY attempt.endpoint_id DESC, attempt.id DESC LIMIT ${Prisma.raw(String(attemptsSeenAtOnce))}`;
  }

  /** The same of those that had an event: not many, for nothing is sent often. */
  latestOf(endpointId: string, eventId: string, before: string | null): Promise<SeenAttempt[]> {
    return this.database.queries.$queryRaw<SeenAttempt[]>`
      WITH had AS MATERIALIZED (
        SELECT id, outcome FROM webhook_delivery.attempt
        WHERE endpoint_id = ${endpointId}::uuid AND event_id = ${eventId}::uuid
      )
      SELECT id::text, outcome FROM had WHERE id < ${before ?? lastId}::uuid 
      ORDER BY had.id DESC LIMIT ${attemptsSeenAtOnce}`;
  }

  /** Whole POSTs, the newest first. */
  async read(ids: readonly string[]): Promise<StoredAttempt[]> {
    return this.database.queries.$queryRaw<StoredAttempt[]>`
      SELECT post.id::text, post.message_id AS "messageId", post.number, post.started_at AS "startedAt", post.duration,
        post.status, post.outcome, post.failure, post.answer, post.test, had.ids AS "eventIds"
      FROM unnest(${[...ids]}::uuid[]) AS wanted(id)
      CROSS JOIN LATERAL (
        SELECT * FROM webhook_delivery.attempt AS one WHERE one.id = wanted.id AND one.place = 0 OFFSET 0
      ) AS post
      CROSS JOIN LATERAL (
        SELECT array_agg(event_id::text ORDER BY place) AS ids FROM webhook_delivery.attempt AS one WHERE one.id = wanted.id
      ) AS had
      ORDER BY post.id DESC`;
  }

  /** Unless the endpoint is gone by then. */
  async add(endpointId: string, attempt: TestAttempt): Promise<void> {
    await this.database.queries.$executeRaw`
      WITH present AS MATERIALIZED (${presentEndpoints([endpointId])})
      INSERT INTO webhook_delivery.attempt (id, place, endpoint_id, event_id, message_id, number, started_at, duration, status,
        outcome, failure, events, answer, test)
      SELECT ${attempt.id}::uuid, 0, endpoint_id, ${attempt.messageId}::uuid, ${attempt.messageId}, 1, ${attempt.startedAt},
        ${attempt.duration}, ${attempt.status}, ${attempt.outcome}, ${attempt.failure}, 1, ${attempt.answer}, true
      FROM present`;
  }
}
