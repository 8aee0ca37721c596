import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import type { VisibleRange } from '#domain/timeline/visibility.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { eventColumns, isUnexpired, liveEventOf, weightOf, type EventRow } from './event-row.js';

export interface TimelineQuery {
  readonly conversationKey: bigint;
  /** Null: everything, for servers and feeds. */
  readonly viewer: { readonly userId: string; readonly range: VisibleRange } | null;
  /** Exclusive bound: events after it when ascending, before it when descending; null for the timeline's end. */
  readonly bound: number | null;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  /** `custom:*` stands for every custom event; null: all types. */
  readonly types?: readonly string[] | null;
  /** What this user has sent; null: whoever did. */
  readonly senderId?: string | null;
}

/** An answer over NATS stays far below the server's payload limit. */
const answerWeight = 512 * 1024;
/**
 * How many events one statement looks at, and one page at most: long stretches that are not visible to the viewer (from
 * before its joining, addressed to others) must not make a statement long.
 */
const eventsPerStatement = 1_000;
const statementsPerPage = 20;

const selectEvents = Prisma.sql`
  SELECT ${eventColumns}
  FROM conversation.event
  JOIN conversation.conversation ON conversation.key = event.conversation_key`;

/** Reads events, with the one rule of visibility (libs/domain/src/timeline/visibility.ts) as SQL. */
@Injectable()
export class TimelineStore {
  constructor(private readonly database: Database) {}

  /**
   * @returns at most `limit` events, fewer when they would weigh too much, or none at the end of a long stretch that is
   *   not visible; everything up to `position` has been considered, so it is the next bound; `isComplete` says that
   *   nothing visible lies beyond it in this direction
   */
  async read(query: TimelineQuery): Promise<{ events: LiveEvent[]; position: number; isComplete: boolean }> {
    const { conversationKey, bound, order, limit } = query;
    const { firstSeq, lastSeq } = await this.extent(conversationKey);
    const isAscending = order === 'ascending';
    const isAtEnd = (seq: number): boolean => (isAscending ? seq >= lastSeq : seq <= firstSeq);
    let position = isAscending
      ? Math.max(bound ?? 0, firstSeq - 1)
      : Math.min(bound ?? lastSeq + 1, lastSeq + 1);
    const rows: EventRow[] = [];
    // One more than asked for tells whether there is more.
    for (let statement = 0; statement < statementsPerPage && rows.length <= limit; statement += 1) {
      if (isAtEnd(position)) break;
      const end = isAscending
        ? Math.min(position + eventsPerStatement, lastSeq)
        : Math.max(position - eventsPerStatement, firstSeq);
      const [low, high] = isAscending ? [position + 1, end] : [end, position - 1];
      rows.push(...(await this.readBetween(query, low, high, limit + 1 - rows.length)));
      position = end;
    }
    let weight = 0;
    const taken = rows.slice(0, limit).filter((row, index) => {
      weight += weightOf(row);
      return index === 0 || weight <= answerWeight;
    });
    const isCut = taken.length < rows.length;
    if (isCut) position = Number(taken.at(-1)?.seq ?? position);
    return { events: taken.map(liveEventOf), position, isComplete: !isCut && isAtEnd(position) };
  }

  async find(conversationKey: bigint, eventId: string): Promise<LiveEvent | null> {
    const rows = await this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.id = ${eventId}::uuid AND event.conversation_key = ${conversationKey} AND ${isUnexpired}
        AND event.seq >= conversation.first_seq`;
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

  /** From the first seq that retention has left to the last one there is; without a hole. */
  private async extent(conversationKey: bigint): Promise<{ firstSeq: number; lastSeq: number }> {
    const rows = await this.database.client.$queryRaw<{ first_seq: bigint; last_seq: bigint }[]>`
      SELECT conversation.first_seq, head.last_seq
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.key = ${conversationKey}`;
    return { firstSeq: Number(rows[0]?.first_seq ?? 1), lastSeq: Number(rows[0]?.last_seq ?? 0) };
  }

  private readBetween(
    { conversationKey, viewer, order, types = null, senderId = null }: TimelineQuery,
    low: number,
    high: number,
    limit: number,
  ): Promise<EventRow[]> {
    const userId = viewer?.userId ?? null;
    const fromSeq = viewer?.range.fromSeq ?? low;
    const toSeq = viewer?.range.toSeq ?? high;
    const isAnyCustom = types?.includes('custom:*') === true;
    return this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq BETWEEN ${low} AND ${high} AND ${isUnexpired}
        AND (${senderId}::text IS NULL OR event.sender_id = ${senderId}::text)
        AND (
          ${types}::text[] IS NULL
          OR event.type = ANY(${types}::text[])
          OR (${isAnyCustom} AND starts_with(event.type, 'custom:'))
        )
        AND (
          ${userId}::text IS NULL
          OR event.sender_id = ${userId}::text
          OR (event.audience = 'everyone' AND event.seq BETWEEN ${fromSeq} AND ${toSeq}
            AND coalesce(event.target_seq, event.seq) >= ${fromSeq})
          OR (event.audience = 'listed' AND EXISTS (
            SELECT FROM conversation.event_recipient AS recipient
            WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
              AND recipient.user_id = ${userId}::text
          ))
        )
      ORDER BY event.seq ${order === 'ascending' ? Prisma.sql`ASC` : Prisma.sql`DESC`}
      LIMIT ${limit}`;
  }
}
