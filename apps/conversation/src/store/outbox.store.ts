import { Injectable } from '@nestjs/common';
import type { StreamEvent } from '#contracts/stream.js';
import { Database } from '#platform/database/database.js';
import {
  handedOver,
  streamEventColumns,
  streamEventOf,
  unknownOrigin,
  type StreamEventRow,
} from './stream-event-row.js';

export interface OutboxEvent {
  readonly outboxNumber: bigint;
  readonly event: StreamEvent;
}

/** What is to be handed to the stream next, and entries whose event has been deleted: there is nothing to hand over. */
export interface OutboxPortion {
  readonly events: readonly OutboxEvent[];
  readonly orphans: readonly bigint[];
}

export interface RelayState {
  /** The stream that was filled so far. */
  readonly streamIdentity: string | null;
  /** Not all of what is to be published again is in the queue again. */
  readonly isReplaying: boolean;
}

/** Events of one conversation, both ends included. */
export interface EventRange {
  /** The conversation's key. */
  readonly lane: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** What is queued again by one statement. */
const queuedAgain = 10_000;
/** More than a power loss takes from the stream, which reaches the disk every two minutes. */
const newestEntries = 300_000;

type Attributes = NonNullable<StreamEvent['attributes']>;

interface OrphanRow {
  readonly outbox_number: bigint;
  readonly id: null;
}

type OutboxRow = StreamEventRow & {
  readonly outbox_number: bigint;
  readonly origin: string;
};

/** What waits to be handed to the stream. */
@Injectable()
export class OutboxStore {
  constructor(private readonly database: Database) {}

  /** Takes or keeps the lease of the one relay; null when another replica holds it. */
  async holdLease(holder: string, duration: number): Promise<RelayState | null> {
    const rows = await this.database.queries.$queryRaw<RelayState[]>`
      UPDATE conversation.relay_lease
      SET holder = ${holder}, expires_at = now() + ${duration}::float8 * interval '1 millisecond'
      WHERE id = 1 AND (holder = ${holder} OR expires_at < now())
      RETURNING stream_identity AS "streamIdentity", replay_cursor < replayed_up_to AS "isReplaying"`;
    return rows[0] ?? null;
  }

  async releaseLease(holder: string): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE conversation.relay_lease SET expires_at = 'epoch' WHERE id = 1 AND holder = ${holder}`;
  }

  /**
   * NATS has another stream than before: everything that is still kept goes out again; consumers know duplicates.
   *
   * @returns null when the holder has lost the lease
   */
  async beginReplay(holder: string, streamIdentity: string): Promise<RelayState | null> {
    const begun = await this.database.queries.$executeRaw`
      UPDATE conversation.relay_lease
      SET stream_identity = ${streamIdentity}, replay_cursor = 0,
        replayed_up_to = (SELECT coalesce(max(number), 0) FROM conversation.outbox_entry)
      WHERE id = 1 AND holder = ${holder}`;
    return begun === 0 ? null : { streamIdentity, isReplaying: true };
  }

  /**
   * Makes the next portion of what is to be replayed unpublished again: a large outbox must not be one transaction. What
   * retention has deleted stays as it is. OFFSET: see `unpublished`.
   *
   * @returns null when the holder has lost the lease
   */
  async replayPortion(holder: string, limit: number): Promise<RelayState | null> {
    const rows = await this.database.queries.$queryRaw<RelayState[]>`
      WITH lease AS MATERIALIZED (
        SELECT replay_cursor, replayed_up_to FROM conversation.relay_lease
        WHERE id = 1 AND holder = ${holder} FOR UPDATE
      ), position AS MATERIALIZED (
        SELECT lease.replay_cursor AS begin, coalesce(
          (SELECT max(number) FROM (
            SELECT number FROM conversation.outbox_entry AS entry
            WHERE entry.number > lease.replay_cursor AND entry.number <= lease.replayed_up_to
            ORDER BY number LIMIT ${limit}) AS portion), lease.replayed_up_to) AS end
        FROM lease
      ), reset AS (
        UPDATE conversation.outbox_entry AS entry SET published_at = NULL
        WHERE number > (SELECT position.begin FROM position) AND number <= (SELECT position.end FROM position)
          AND published_at IS NOT NULL AND EXISTS (
            SELECT FROM conversation.event AS stored
            WHERE stored.conversation_key = entry.conversation_key AND stored.seq = entry.seq OFFSET 0)
      )
      UPDATE conversation.relay_lease SET replay_cursor = (SELECT position.end FROM position)
      WHERE id = 1 AND EXISTS (SELECT FROM position)
      RETURNING stream_identity AS "streamIdentity", replay_cursor < replayed_up_to AS "isReplaying"`;
    return rows[0] ?? null;
  }

  /**
   * The oldest unpublished entries. Within a conversation numbers are given under its lock: their order is that of seq.
   * OFFSET keeps the planner from joining whole tables, which it does while its statistics say that nothing waits.
   */
  async unpublished(limit: number): Promise<OutboxPortion> {
    const rows = await this.database.queries.$queryRaw<(OutboxRow | OrphanRow)[]>`
      SELECT entry.number AS outbox_number, entry.origin, ${streamEventColumns}
      FROM (
        SELECT number, conversation_key, seq, origin FROM conversation.outbox_entry
        WHERE published_at IS NULL ORDER BY number LIMIT ${limit}
      ) AS entry
      LEFT JOIN LATERAL (
        SELECT * FROM conversation.event AS stored
        WHERE stored.conversation_key = entry.conversation_key AND stored.seq = entry.seq OFFSET 0
      ) AS event ON true
      LEFT JOIN LATERAL (
        SELECT * FROM conversation.conversation AS its WHERE its.key = entry.conversation_key OFFSET 0
      ) AS conversation ON true
      ORDER BY entry.number`;
    const found = rows.filter((row) => row.id !== null);
    const events = found.map((row) => {
      const { push, ...origin } = handedOver(row.origin);
      const event = streamEventOf(row, origin);
      return { outboxNumber: row.outbox_number, event: push === undefined ? event : { ...event, push } };
    });
    return { events, orphans: rows.filter(({ id }) => id === null).map((row) => row.outbox_number) };
  }

  /** By their keys. */
  async attributesOf(conversationKeys: readonly string[]): Promise<Map<string, Attributes>> {
    const rows = await this.database.queries.$queryRaw<{ key: string; attributes: Attributes }[]>`
      SELECT key::text, attributes FROM conversation.conversation
      WHERE key = ANY(${conversationKeys}::bigint[])`;
    return new Map(rows.map(({ key, attributes }) => [key, attributes]));
  }

  /**
   * Only while the holder still relays into this stream: a late mark must not undo another's replay. The commit waits for
   * no disk: a mark that PostgreSQL loses in a crash makes the event go out twice.
   *
   * @returns whether it did
   */
  async markPublished(
    outboxNumbers: readonly bigint[],
    holder: string,
    streamIdentity: string | null,
  ): Promise<boolean> {
    const marked = await this.database.queries.$executeRaw`
      WITH relay AS (
        SELECT set_config('synchronous_commit', 'off', true) FROM (
          SELECT FROM conversation.relay_lease
          WHERE id = 1 AND holder = ${holder} AND stream_identity IS NOT DISTINCT FROM ${streamIdentity}::text
          FOR UPDATE
        ) AS held
      )
      UPDATE conversation.outbox_entry SET published_at = now()
      WHERE number = ANY(${outboxNumbers.map(String)}::bigint[]) AND EXISTS (SELECT FROM relay)`;
    return marked > 0;
  }

  /**
   * Queues events anew that the stream has lost, unless they are in the queue; at most `queuedAgain` of all, the others when
   * they are asked for again. Their origin is known while they are among the newest entries: an index to find older ones by
   * would cost every append.
   *
   * @returns per gap the first of its events that is still stored, as far as there is one
   */
  async queueAgain(gaps: readonly EventRange[]): Promise<Map<string, number>> {
    const lanes = gaps.map(({ lane }) => lane);
    const rows = await this.database.queries.$queryRaw<{ lane: string; seq: bigint }[]>`
      WITH gap AS (
        SELECT * FROM unnest(${lanes}::bigint[], ${gaps.map(({ fromSeq }) => String(fromSeq))}::bigint[],
          ${gaps.map(({ toSeq }) => String(toSeq))}::bigint[]) AS gap(conversation_key, from_seq, to_seq)
      ), missing AS MATERIALIZED (
        SELECT event.* FROM gap CROSS JOIN LATERAL (
          SELECT event.conversation_key, event.seq FROM conversation.event
          WHERE event.conversation_key = gap.conversation_key AND event.seq BETWEEN gap.from_seq AND gap.to_seq
          ORDER BY event.seq) AS event
        LIMIT ${queuedAgain}
      ), newest AS MATERIALIZED (
        SELECT entry.conversation_key, entry.seq, min(entry.origin) AS origin,
          bool_or(entry.published_at IS NULL) AS is_queued
        FROM conversation.outbox_entry AS entry
        WHERE entry.number > (SELECT max(number) FROM conversation.outbox_entry) - ${newestEntries}::bigint
          AND entry.conversation_key = ANY(${lanes}::bigint[])
        GROUP BY entry.conversation_key, entry.seq
      ), queued AS (
        INSERT INTO conversation.outbox_entry (conversation_key, seq, origin)
        SELECT conversation_key, seq, coalesce(newest.origin, ${JSON.stringify(unknownOrigin)})
        FROM missing LEFT JOIN newest USING (conversation_key, seq)
        WHERE newest.is_queued IS NOT TRUE
        ORDER BY conversation_key, seq
      )
      SELECT gap.conversation_key::text AS lane, first.seq FROM gap CROSS JOIN LATERAL (
        SELECT event.seq FROM conversation.event
        WHERE event.conversation_key = gap.conversation_key AND event.seq BETWEEN gap.from_seq AND gap.to_seq
        ORDER BY event.seq LIMIT 1) AS first`;
    return new Map(rows.map(({ lane, seq }) => [lane, Number(seq)]));
  }

  /** Deletes a portion of what was published long ago, which is what was numbered first; answers how many rows went. */
  async sweep(retention: number): Promise<number> {
    return this.database.queries.$executeRaw`
      WITH oldest AS (
        SELECT number, created_at FROM conversation.outbox_entry ORDER BY number LIMIT 1000
      ), expired AS (
        SELECT max(number) AS number FROM oldest
        WHERE created_at < now() - ${retention}::float8 * interval '1 millisecond'
          AND (SELECT created_at FROM conversation.outbox_entry ORDER BY number LIMIT 1)
            < now() - ${retention}::float8 * interval '1 millisecond'
      )
      DELETE FROM conversation.outbox_entry
      WHERE number <= (SELECT number FROM expired) AND published_at IS NOT NULL`;
  }
}
