import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import type { VisibleRange } from '#domain/timeline/visibility.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { eventColumns, liveEventOf, weightOf, type EventRow } from './event-row.js';

export interface TimelineQuery {
  readonly conversationKey: bigint;
  /** Null: everything, for servers and feeds. */
  readonly viewer: { readonly userId: string; readonly range: VisibleRange } | null;
  /** Exclusive bound: events after it when ascending, before it when descending; null for the timeline's end. */
  readonly bound: number | null;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
}

/** An answer over NATS stays far below the server's payload limit. */
const answerWeight = 512 * 1024;
const lowestSeq = 0;
const highestSeq = Number.MAX_SAFE_INTEGER;

const selectEvents = Prisma.sql`
  SELECT ${eventColumns}
  FROM conversation.event
  JOIN conversation.conversation ON conversation.key = event.conversation_key`;

/** Reads events, with the one rule of visibility (libs/domain/src/timeline/visibility.ts) as SQL. */
@Injectable()
export class TimelineStore {
  constructor(private readonly database: Database) {}

  /**
   * @returns at most `limit` events, fewer when they would weigh too much; `isComplete` says that nothing visible lies
   *   beyond them in this direction
   */
  async read(query: TimelineQuery): Promise<{ events: LiveEvent[]; isComplete: boolean }> {
    const { conversationKey, viewer, bound, order, limit } = query;
    const isAscending = order === 'ascending';
    const after = isAscending ? (bound ?? lowestSeq) : lowestSeq;
    const before = isAscending ? highestSeq : (bound ?? highestSeq);
    const userId = viewer?.userId ?? null;
    const fromSeq = viewer?.range.fromSeq ?? lowestSeq;
    const toSeq = viewer?.range.toSeq ?? highestSeq;
    const rows = await this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq > ${after} AND event.seq < ${before}
        AND (
          ${userId}::text IS NULL
          OR event.sender_id = ${userId}::text
          OR (event.audience = 'everyone' AND event.seq BETWEEN ${fromSeq} AND ${toSeq})
          OR (event.audience = 'listed' AND EXISTS (
            SELECT FROM conversation.event_recipient AS recipient
            WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
              AND recipient.user_id = ${userId}::text
          ))
        )
      ORDER BY event.seq ${isAscending ? Prisma.sql`ASC` : Prisma.sql`DESC`}
      LIMIT ${limit + 1}`;
    let weight = 0;
    const taken = rows.slice(0, limit).filter((row, index) => {
      weight += weightOf(row);
      return index === 0 || weight <= answerWeight;
    });
    return { events: taken.map(liveEventOf), isComplete: taken.length === rows.length };
  }

  async find(conversationKey: bigint, eventId: string): Promise<LiveEvent | null> {
    const rows = await this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.id = ${eventId}::uuid AND event.conversation_key = ${conversationKey}`;
    const [row] = rows;
    return row === undefined ? null : liveEventOf(row);
  }

  async heads(conversationKeys: readonly string[]): Promise<[string, number][]> {
    const rows = await this.database.client.$queryRaw<{ conversation_key: bigint; last_seq: bigint }[]>`
      SELECT conversation_key, last_seq FROM conversation.conversation_head
      WHERE conversation_key = ANY(${[...conversationKeys]}::bigint[])`;
    return rows.map((row) => [String(row.conversation_key), Number(row.last_seq)]);
  }

  /** Last seq of a timeline; 0 for one that does not exist. */
  async head(conversationKey: bigint): Promise<number> {
    const [head] = await this.heads([String(conversationKey)]);
    return head?.[1] ?? 0;
  }
}
