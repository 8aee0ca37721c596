import { Injectable } from '@nestjs/common';
import pg from 'pg';
import type { Audience } from '#contracts/event.js';
import { isDatabaseAway } from '#platform/database/database-away.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { DirectTransaction, Queries } from '#platform/database/queries.js';
import type { EventBody } from './event-row.js';

/** The claim of an event's request row; losing it means that the request was answered before. */
export interface RequestClaim {
  readonly applicationId: string;
  readonly namespace: string;
  readonly key: string;
  readonly fingerprint: string;
  /** JSON text of the outcome, without what is read from the event. */
  readonly outcome: string;
  /** How long the outcome is kept, in ms. */
  readonly retention: number;
}

export interface AppendItem {
  readonly eventId: string;
  readonly conversationKey: bigint;
  readonly senderId: string | null;
  /** By which stay the sender is in; absent: by none. */
  readonly senderMemberId?: string | undefined;
  readonly body: EventBody;
  readonly audience: Audience;
  /** Of an event of a service: all its readers. Else whom it is listed for is what its audience says. */
  readonly views?: readonly string[];
  readonly claim: RequestClaim | null;
  /** JSON text for the outbox: what the event row does not know. */
  readonly origin: string;
}

export interface Head {
  readonly state: 'active' | 'inactive' | 'deleted';
  readonly lastSeq: number;
}

export interface Appended {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** Locks and appends: the hot path's two statements. Everything that writes events goes through here. */
@Injectable()
export class AppendStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work, { maxWait: 10_000, timeout: 15_000 });
  }

  /** Does the work and undoes it: for finding out whether it can be done, and what it would be. */
  async rehearse<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.transaction(async (transaction) => {
        throw new Rehearsed(await work(transaction));
      });
    } catch (error) {
      if (error instanceof Rehearsed) return error.result as Result;
      throw error;
    }
  }

  /** For batches of sends: raw statements alone. */
  batch<Result>(work: (queries: DirectTransaction) => Promise<Result>): Promise<Result> {
    return this.database.transact(work);
  }

  /**
   * Locks the heads of conversations, in the order of their keys so that two batches never wait for each other in a circle.
   * What is read after this, in the same transaction, stays true until it ends.
   */
  async lockHeads(queries: Queries, keys: readonly bigint[]): Promise<Map<bigint, Head>> {
    const rows = await queries.$queryRaw<
      { conversation_key: bigint; state: Head['state']; last_seq: bigint }[]
    >`
      SELECT conversation_key, state::text AS state, last_seq
      FROM conversation.conversation_head
      WHERE conversation_key = ANY(${keys.map(String)}::bigint[])
      ORDER BY conversation_key
      FOR UPDATE`;
    return new Map(
      rows.map((row) => [row.conversation_key, { state: row.state, lastSeq: Number(row.last_seq) }]),
    );
  }

  /** Remembers where something is said in the name of users who are not there: by that their erasure finds it. */
  async leaveTraces(
    queries: Queries,
    said: readonly (Pick<AppendItem, 'conversationKey' | 'senderId'> & {
      readonly claim: Pick<RequestClaim, 'applicationId'>;
    })[],
  ): Promise<void> {
    await queries.$executeRaw`
      INSERT INTO conversation.room_visitor (application_id, user_id, conversation_key)
      SELECT * FROM unnest(
        ${said.map(({ claim }) => claim.applicationId)}::text[],
        ${said.map(({ senderId }) => senderId)}::text[],
        ${said.map(({ conversationKey }) => String(conversationKey))}::bigint[]
      )
      ON CONFLICT DO NOTHING`;
  }

  /**
   * Claims the requests, gives every claimed item the next seq of its conversation, and stores events, recipients and
   * outbox rows: one statement for the whole batch. The heads must be locked.
   *
   * @returns per event id what was stored; an item whose claim was lost is missing
   */
  async append(queries: Queries, items: readonly AppendItem[]): Promise<Map<string, Appended>> {
    const claimed = items.filter((item) => item.claim !== null);
    const listed = items.flatMap(({ eventId, audience, views }) =>
      (views ?? (audience.kind === 'listed' ? audience.userIds : [])).map((userId) => ({ eventId, userId })),
    );
    const files = items.flatMap(({ eventId, body }) =>
      (body.attachments ?? []).map((attachment) => ({ eventId, fileId: attachment.id })),
    );
    const rows = await queries.$queryRaw<{ event_id: string; seq: bigint; created_at: Date }[]>`
      WITH input AS (
        SELECT *
        FROM unnest(
          ${items.map((item) => item.eventId)}::uuid[],
          ${items.map((item) => String(item.conversationKey))}::bigint[],
          ${items.map((item) => item.body.type)}::text[],
          ${items.map((item) => item.senderId)}::text[],
          ${items.map((item) => item.audience.kind)}::text[],
          ${items.map((item) => item.body.contentType)}::text[],
          ${items.map((item) => item.body.content)}::text[],
          ${items.map((item) => (item.body.binary === null ? null : Buffer.from(item.body.binary).toString('base64')))}::text[],
          ${items.map(({ body }) => (body.mentions === undefined ? null : JSON.stringify(body.mentions)))}::text[],
          ${items.map(({ body }) => (body.attachments === undefined ? null : JSON.stringify(body.attachments)))}::text[],
          ${items.map(({ body }) => (body.expiresAt === undefined ? null : new Date(body.expiresAt).toISOString()))}::timestamptz[],
          ${items.map(({ body }) => body.target?.id ?? null)}::uuid[],
          ${items.map(({ body }) => (body.target === undefined ? null : String(body.target.seq)))}::bigint[],
          ${items.map((item) => item.senderMemberId ?? null)}::uuid[],
          ${items.map((item) => item.origin)}::text[],
          ${items.map((item) => item.claim !== null)}::boolean[]
        ) WITH ORDINALITY AS item(
          event_id, conversation_key, type, sender_id, audience, content_type, content, binary_base64, mentions, attachments, expires_at,
          target_id, target_seq, sender_member_id, origin, is_claiming, position
        )
      ), claimed AS (
        INSERT INTO conversation.request AS request (application_id, namespace, key, fingerprint, event_id, outcome, expires_at)
        SELECT claim.application_id, claim.namespace, claim.key, claim.fingerprint, claim.event_id, claim.outcome,
          statement_timestamp() + claim.retention * interval '1 millisecond'
        FROM unnest(
          ${claimed.map((item) => item.eventId)}::uuid[],
          ${claimed.map((item) => item.claim?.applicationId)}::text[],
          ${claimed.map((item) => item.claim?.namespace)}::text[],
          ${claimed.map((item) => item.claim?.key)}::text[],
          ${claimed.map((item) => item.claim?.fingerprint)}::text[],
          ${claimed.map((item) => item.claim?.outcome)}::text[],
          ${claimed.map((item) => item.claim?.retention)}::float8[]
        ) AS claim(event_id, application_id, namespace, key, fingerprint, outcome, retention)
        ORDER BY claim.application_id, claim.namespace, claim.key
        ON CONFLICT (application_id, namespace, key) DO UPDATE
          SET fingerprint = excluded.fingerprint, event_id = excluded.event_id, outcome = excluded.outcome,
            created_at = statement_timestamp(), expires_at = excluded.expires_at
          WHERE request.expires_at < statement_timestamp()
        RETURNING event_id
      ), numbered AS (
        SELECT input.*,
          head.last_seq + row_number() OVER (PARTITION BY input.conversation_key ORDER BY input.position) AS seq,
          greatest(date_trunc('milliseconds', statement_timestamp()), head.last_timestamp) AS created_at
        FROM input
        JOIN conversation.conversation_head AS head USING (conversation_key)
        WHERE NOT input.is_claiming OR input.event_id IN (SELECT claimed.event_id FROM claimed)
      ), stored AS (
        INSERT INTO conversation.event
          (conversation_key, seq, id, type, sender_id, audience, content_type, content, "binary", created_at, mentions, attachments,
            expires_at, target_id, target_seq, sender_member_id)
        SELECT conversation_key, seq, event_id, type, sender_id, audience::conversation.event_audience, content_type,
          content, decode(binary_base64, 'base64'), created_at, mentions, attachments, expires_at, target_id, target_seq,
          sender_member_id
        FROM numbered
      ), listed AS (
        INSERT INTO conversation.event_recipient (conversation_key, seq, user_id)
        SELECT numbered.conversation_key, numbered.seq, recipient.user_id
        FROM unnest(
          ${listed.map((recipient) => recipient.eventId)}::uuid[],
          ${listed.map((recipient) => recipient.userId)}::text[]
        ) AS recipient(event_id, user_id)
        JOIN numbered USING (event_id)
      ), attached AS (
        INSERT INTO conversation.event_file (conversation_key, seq, file_id)
        SELECT numbered.conversation_key, numbered.seq, attaching.file_id
        FROM unnest(
          ${files.map((attaching) => attaching.eventId)}::uuid[],
          ${files.map((attaching) => attaching.fileId)}::uuid[]
        ) AS attaching(event_id, file_id)
        JOIN numbered USING (event_id)
      ), handed_off AS (
        INSERT INTO conversation.outbox_entry (conversation_key, seq, origin)
        SELECT conversation_key, seq, origin FROM numbered
      ), advanced AS (
        UPDATE conversation.conversation_head AS head
        SET last_seq = latest.seq, last_timestamp = latest.created_at
        FROM (
          SELECT conversation_key, max(seq) AS seq, max(created_at) AS created_at FROM numbered GROUP BY conversation_key
        ) AS latest
        WHERE head.conversation_key = latest.conversation_key
      )
      SELECT event_id, seq, created_at FROM numbered`;
    return new Map(
      rows.map((row) => [row.event_id, { seq: Number(row.seq), timestamp: row.created_at.getTime() }]),
    );
  }
}

/** Thrown so that a transaction is rolled back. */
class Rehearsed extends Error {
  constructor(readonly result: unknown) {
    super('A rehearsal is always undone');
  }
}

/** Why a transaction failed: PostgreSQL refused a statement (and which way), or could not be asked at all. */
export interface DatabaseFailure {
  readonly refused: boolean;
  readonly lockTimeout: boolean;
  /** SQLSTATE. */
  readonly code: string;
}

const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';

export function databaseFailure(error: unknown): DatabaseFailure {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  const lockTimeout = code === lockNotAvailable;
  // The loser of a deadlock was rolled back, and the others are not waiting for it any more.
  const wasRolledBack = lockTimeout || code === deadlockDetected;
  const refused = code !== undefined && (wasRolledBack || !isDatabaseAway(error));
  return { refused, lockTimeout, code: code ?? 'unknown' };
}
