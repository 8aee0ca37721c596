import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import type { RequestClaim } from './append.store.js';
import { isUnexpired } from './event-row.js';

/** The stored answer to a request, with the event it stored, if any. */
export interface StoredRequest {
  readonly fingerprint: string;
  readonly outcome: string;
  readonly event: {
    readonly id: string;
    readonly seq: number;
    readonly timestamp: number;
    /** It was recalled, or has expired. */
    readonly isGone: boolean;
  } | null;
}

export interface RequestIdentity {
  readonly applicationId: string;
  readonly namespace: string;
  readonly key: string;
}

/** First outcomes of idempotency keys. */
@Injectable()
export class RequestsStore {
  constructor(private readonly database: Database) {}

  async find(
    { applicationId, namespace, key }: RequestIdentity,
    queries: Queries = this.database.queries,
  ): Promise<StoredRequest | null> {
    const rows = await queries.$queryRaw<
      {
        fingerprint: string;
        outcome: string;
        event_id: string | null;
        seq: bigint | null;
        created_at: Date | null;
        is_shown: boolean;
      }[]
    >`
      SELECT request.fingerprint, request.outcome, request.event_id::text, event.seq, event.created_at,
        event.recalled_at IS NULL AND ${isUnexpired} AS is_shown
      FROM conversation.request
      LEFT JOIN conversation.event ON event.id = request.event_id
      WHERE request.application_id = ${applicationId} AND request.namespace = ${namespace} AND request.key = ${key}
        AND (request.expires_at IS NULL OR request.expires_at >= now())`;
    const [row] = rows;
    if (row === undefined) return null;
    const { event_id: id, seq, created_at: createdAt } = row;
    return {
      fingerprint: row.fingerprint,
      outcome: row.outcome,
      event:
        id === null || seq === null || createdAt === null
          ? null
          : { id, seq: Number(seq), timestamp: createdAt.getTime(), isGone: !row.is_shown },
    };
  }

  /** Stores the outcome of a request that stores no event (a drop, a rejection). False: somebody answered it before. */
  async claim(claim: RequestClaim, transaction: Transaction = this.database.client): Promise<boolean> {
    const count = await transaction.$executeRaw`
      INSERT INTO conversation.request AS request (application_id, namespace, key, fingerprint, outcome, expires_at)
      VALUES (${claim.applicationId}, ${claim.namespace}, ${claim.key}, ${claim.fingerprint}, ${claim.outcome},
        now() + ${claim.retention}::float8 * interval '1 millisecond')
      ON CONFLICT (application_id, namespace, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, event_id = NULL, outcome = excluded.outcome, created_at = now(),
          expires_at = excluded.expires_at
        WHERE request.expires_at < now()`;
    return count === 1;
  }

  /** Deletes a portion of what has expired; answers how many rows went. */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.request
      WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM conversation.request WHERE expires_at < now() ORDER BY expires_at LIMIT 5000
      )) AND expires_at < now()`;
  }
}
