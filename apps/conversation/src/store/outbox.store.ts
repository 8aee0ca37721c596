import { Injectable } from '@nestjs/common';
import type { Origin } from '#contracts/event.js';
import type { StreamEvent } from '#contracts/stream.js';
import { Database } from '#platform/database/database.js';
import { eventColumns, liveEventOf, type EventRow } from './event-row.js';

export interface OutboxEvent {
  readonly outboxNumber: bigint;
  readonly event: StreamEvent;
}

export interface RelayState {
  /** The stream that was filled so far. */
  readonly streamIdentity: string | null;
  /** Entries up to this number may have been published before, into a stream that lost them. */
  readonly replayedUpTo: bigint;
  /** Not all of these are in the queue again. */
  readonly isReplaying: boolean;
}

type OutboxRow = EventRow & {
  readonly outbox_number: bigint;
  readonly origin: string;
  readonly application_id: string;
  readonly conversation_kind: StreamEvent['conversationKind'];
};

/** What waits to be handed to the stream. */
@Injectable()
export class OutboxStore {
  constructor(private readonly database: Database) {}

  /** Takes or keeps the lease of the one relay; null when another replica holds it. */
  async holdLease(holder: string, duration: number): Promise<RelayState | null> {
    const rows = await this.database.client.$queryRaw<RelayState[]>`
      UPDATE conversation.relay_lease
      SET holder = ${holder}, expires_at = now() + ${duration}::float8 * interval '1 millisecond'
      WHERE id = 1 AND (holder = ${holder} OR expires_at < now())
      RETURNING stream_identity AS "streamIdentity", replayed_up_to AS "replayedUpTo",
        replay_cursor < replayed_up_to AS "isReplaying"`;
    return rows[0] ?? null;
  }

  async releaseLease(holder: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.relay_lease SET expires_at = 'epoch' WHERE id = 1 AND holder = ${holder}`;
  }

  /** NATS has another stream than before: everything that is still kept goes out again; consumers know duplicates. */
  async beginReplay(streamIdentity: string): Promise<RelayState> {
    const rows = await this.database.client.$queryRaw<{ replayedUpTo: bigint }[]>`
      UPDATE conversation.relay_lease
      SET stream_identity = ${streamIdentity}, replay_cursor = 0,
        replayed_up_to = (SELECT coalesce(max(number), 0) FROM conversation.outbox_entry)
      WHERE id = 1
      RETURNING replayed_up_to AS "replayedUpTo"`;
    return { streamIdentity, replayedUpTo: rows[0]?.replayedUpTo ?? 0n, isReplaying: true };
  }

  /** Makes the next portion of what is to be replayed unpublished again: a large outbox must not be one transaction. */
  async replayPortion(): Promise<void> {
    await this.database.client.$executeRaw`
      WITH portion AS (
        SELECT entry.number FROM conversation.outbox_entry AS entry
        JOIN conversation.relay_lease AS lease ON lease.id = 1
        WHERE entry.number > lease.replay_cursor AND entry.number <= lease.replayed_up_to
        ORDER BY entry.number
        LIMIT 5000
      ), reset AS (
        UPDATE conversation.outbox_entry SET published_at = NULL
        WHERE number IN (SELECT number FROM portion) AND published_at IS NOT NULL
      )
      UPDATE conversation.relay_lease
      SET replay_cursor = coalesce((SELECT max(number) FROM portion), replayed_up_to)
      WHERE id = 1`;
  }

  /**
   * The oldest unpublished events. Within a conversation numbers are given under its lock: their order is that of seq.
   * OFFSET keeps the planner from joining whole tables, which it does while its statistics say that nothing waits.
   */
  async unpublished(limit: number): Promise<OutboxEvent[]> {
    const rows = await this.database.client.$queryRaw<OutboxRow[]>`
      SELECT entry.number AS outbox_number, entry.origin, conversation.application_id,
        conversation.kind::text AS conversation_kind, ${eventColumns}
      FROM (
        SELECT number, conversation_key, seq, origin FROM conversation.outbox_entry
        WHERE published_at IS NULL ORDER BY number LIMIT ${limit}
      ) AS entry
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.event AS stored
        WHERE stored.conversation_key = entry.conversation_key AND stored.seq = entry.seq OFFSET 0
      ) AS event
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.conversation AS its WHERE its.key = entry.conversation_key OFFSET 0
      ) AS conversation
      ORDER BY entry.number`;
    return rows.map((row) => ({
      outboxNumber: row.outbox_number,
      event: {
        applicationId: row.application_id,
        conversationKind: row.conversation_kind,
        origin: JSON.parse(row.origin) as Origin,
        ...liveEventOf(row),
      },
    }));
  }

  /** Only while the holder still relays into this stream: a late mark must not undo another's replay. */
  async markPublished(
    outboxNumbers: readonly bigint[],
    holder: string,
    streamIdentity: string | null,
  ): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.outbox_entry SET published_at = now()
      WHERE number = ANY(${outboxNumbers.map(String)}::bigint[])
        AND EXISTS (
          SELECT FROM conversation.relay_lease
          WHERE id = 1 AND holder = ${holder} AND stream_identity IS NOT DISTINCT FROM ${streamIdentity}::text
        )`;
  }

  /** Deletes a portion of what was published long ago; answers how many rows went. */
  async sweep(retention: number): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.outbox_entry
      WHERE number IN (
        SELECT number FROM conversation.outbox_entry
        WHERE created_at < now() - ${retention}::float8 * interval '1 millisecond' AND published_at IS NOT NULL
        LIMIT 5000
      )`;
  }
}
