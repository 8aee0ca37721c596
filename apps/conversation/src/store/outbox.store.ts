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
    const rows = await this.database.client.$queryRaw<
      { stream_identity: string | null; replayed_up_to: bigint }[]
    >`
      UPDATE conversation.relay_lease
      SET holder = ${holder}, expires_at = now() + ${duration}::float8 * interval '1 millisecond'
      WHERE id = 1 AND (holder = ${holder} OR expires_at < now())
      RETURNING stream_identity, replayed_up_to`;
    const [row] = rows;
    return row === undefined
      ? null
      : { streamIdentity: row.stream_identity, replayedUpTo: row.replayed_up_to };
  }

  async releaseLease(holder: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.relay_lease SET expires_at = 'epoch' WHERE id = 1 AND holder = ${holder}`;
  }

  /** NATS has another stream than before: everything that is still kept goes out again; consumers know duplicates. */
  async replayInto(streamIdentity: string): Promise<RelayState> {
    return this.database.client.$transaction(async (transaction) => {
      await transaction.$executeRaw`
        UPDATE conversation.outbox_entry SET published_at = NULL WHERE published_at IS NOT NULL`;
      const rows = await transaction.$queryRaw<{ replayed_up_to: bigint }[]>`
        UPDATE conversation.relay_lease
        SET stream_identity = ${streamIdentity},
          replayed_up_to = (SELECT coalesce(max(number), 0) FROM conversation.outbox_entry)
        WHERE id = 1
        RETURNING replayed_up_to`;
      return { streamIdentity, replayedUpTo: rows[0]?.replayed_up_to ?? 0n };
    });
  }

  /** The oldest unpublished events. Within a conversation numbers are given under its lock: their order is that of seq. */
  async unpublished(limit: number): Promise<OutboxEvent[]> {
    const rows = await this.database.client.$queryRaw<OutboxRow[]>`
      SELECT entry.number AS outbox_number, entry.origin, conversation.application_id,
        conversation.kind::text AS conversation_kind, ${eventColumns}
      FROM conversation.outbox_entry AS entry
      JOIN conversation.event ON event.conversation_key = entry.conversation_key AND event.seq = entry.seq
      JOIN conversation.conversation ON conversation.key = entry.conversation_key
      WHERE entry.published_at IS NULL
      ORDER BY entry.number
      LIMIT ${limit}`;
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

  async markPublished(outboxNumbers: readonly bigint[]): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.outbox_entry SET published_at = now()
      WHERE number = ANY(${outboxNumbers.map(String)}::bigint[])`;
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
