import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import { isService } from '#domain/conversations/service.js';
import { everyoneReader, serviceReader } from '#domain/timeline/service-views.js';
import type { VisibleRange } from '#domain/timeline/visibility.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { fitting, isUnexpired, liveEventOf, selectEvents, type EventRow } from './event-row.js';
import { ServiceTimelineStore } from './service-timeline.store.js';

export interface TimelineQuery {
  readonly conversationKey: bigint;
  /** Null: everything, for servers and feeds. */
  readonly viewer: { readonly userId: string; readonly range: VisibleRange } | null;
  /** Exclusive bound: events after it when ascending, before it when descending; null for the timeline's end. */
  readonly bound: number | null;
  /** The last seq that counts in this order; null: to the timeline's end. */
  readonly until?: number | null;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  /** `custom:*` stands for every custom event; null: all types. */
  readonly types?: readonly string[] | null;
  /** What this user has sent; null: whoever did. */
  readonly senderId?: string | null;
  /** Of a service: what users have said to it alone. */
  readonly inbox?: boolean;
}

/** Where a timeline begins and ends. */
interface Extent {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly kind: string;
}

/**
 * How many events one statement looks at, and one page at most: long stretches that are not visible to the viewer (from
 * before its joining, addressed to others) must not make a statement long.
 */
const eventsPerStatement = 1_000;
const statementsPerPage = 20;

/** Reads events, with the one rule of visibility (libs/domain/src/timeline/visibility.ts) as SQL. */
@Injectable()
export class TimelineStore {
  constructor(
    private readonly database: Database,
    private readonly services: ServiceTimelineStore,
  ) {}

  /**
   * @returns at most `limit` events, fewer when they would weigh too much, or none at the end of a long stretch that is
   *   not visible; everything up to `position` has been considered, so it is the next bound; `isComplete` says that
   *   nothing visible lies beyond it in this direction
   */
  async read(query: TimelineQuery): Promise<{ events: LiveEvent[]; position: number; isComplete: boolean }> {
    const { bound, order, limit } = query;
    const isAscending = order === 'ascending';
    const extent = within(await this.extent(query.conversationKey), order, query.until ?? null);
    const { firstSeq, lastSeq } = extent;
    const isAtEnd = (seq: number): boolean => (isAscending ? seq >= lastSeq : seq <= firstSeq);
    let position = isAscending
      ? Math.max(bound ?? 0, firstSeq - 1)
      : Math.min(bound ?? lastSeq + 1, lastSeq + 1);
    const rows: EventRow[] = [];
    // One more than asked for tells whether there is more.
    for (let statement = 0; statement < statementsPerPage && rows.length <= limit; statement += 1) {
      if (isAtEnd(position)) break;
      const portion = await this.portion(query, extent, position, limit + 1 - rows.length);
      rows.push(...portion.rows);
      position = portion.end;
    }
    const taken = fitting(rows.slice(0, limit));
    const isCut = taken.length < rows.length;
    if (isCut) position = Number(taken.at(-1)?.seq ?? position);
    return { events: taken.map(liveEventOf), position, isComplete: !isCut && isAtEnd(position) };
  }

  /** @returns `rest`: places that are left for another time, since events before them are heavy */
  async at(
    conversationKey: bigint,
    seqs: readonly number[],
  ): Promise<{ events: LiveEvent[]; rest: number[] }> {
    const rows = await this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq = ANY(${seqs.map(String)}::bigint[])
        AND ${isUnexpired} AND event.seq >= conversation.first_seq
      ORDER BY event.seq`;
    const taken = fitting(rows);
    return { events: taken.map(liveEventOf), rest: rows.slice(taken.length).map(({ seq }) => Number(seq)) };
  }

  async find(conversationKey: bigint, eventId: string): Promise<LiveEvent | null> {
    const rows = await this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.id = ${eventId}::uuid AND event.conversation_key = ${conversationKey} AND ${isUnexpired}
        AND event.seq >= conversation.first_seq`;
    const [row] = rows;
    return row === undefined ? null : liveEventOf(row);
  }

  /** See `ServiceTimelineStore.countAfter`. */
  countInService(conversationKey: bigint, userId: string, after: number, atMost: number): Promise<number> {
    return this.services.countAfter(conversationKey, userId, after, atMost);
  }

  /** See `ServiceTimelineStore.lastActivity`. */
  async lastActivityInService(conversationKey: bigint, userId: string): Promise<Date | undefined> {
    return (await this.services.lastActivity(userId, [conversationKey])).get(conversationKey);
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
  private async extent(conversationKey: bigint): Promise<Extent> {
    const rows = await this.database.client.$queryRaw<
      { first_seq: bigint; last_seq: bigint; kind: string }[]
    >`
      SELECT conversation.first_seq, head.last_seq, conversation.kind::text AS kind
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.key = ${conversationKey}`;
    const [row] = rows;
    return {
      firstSeq: Number(row?.first_seq ?? 1),
      lastSeq: Number(row?.last_seq ?? 0),
      kind: row?.kind ?? 'group',
    };
  }

  /** @returns `end`: up to where it was looked */
  private async portion(
    query: TimelineQuery,
    { firstSeq, lastSeq, kind }: Extent,
    position: number,
    limit: number,
  ): Promise<{ rows: EventRow[]; end: number }> {
    const { conversationKey, viewer, order } = query;
    const isAscending = order === 'ascending';
    const readers = isService(kind) ? readersOf(query) : null;
    if (readers !== null) {
      const [low, high] = isAscending ? [position + 1, lastSeq] : [firstSeq, position - 1];
      const view = { conversationKey, readers, viewer, order, which: whichOf(query) };
      const { rows, end } = await this.services.read(view, { low, high, limit });
      return { rows, end: end ?? (isAscending ? lastSeq : firstSeq) };
    }
    const end = isAscending
      ? Math.min(position + eventsPerStatement, lastSeq)
      : Math.max(position - eventsPerStatement, firstSeq);
    const [low, high] = isAscending ? [position + 1, end] : [end, position - 1];
    return { rows: await this.readBetween(query, low, high, limit), end };
  }

  private readBetween(query: TimelineQuery, low: number, high: number, limit: number): Promise<EventRow[]> {
    const { conversationKey, viewer, order } = query;
    const userId = viewer?.userId ?? null;
    const fromSeq = viewer?.range.fromSeq ?? low;
    const toSeq = viewer?.range.toSeq ?? high;
    return this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq BETWEEN ${low} AND ${high} AND ${isUnexpired}
        AND ${whichOf(query)}
        AND (
          ${userId}::text IS NULL
          OR event.sender_id = ${userId}::text
          OR event.audience = 'broadcast'
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

/** What of a timeline lies not beyond `until`. */
function within(extent: Extent, order: TimelineQuery['order'], until: number | null): Extent {
  if (until === null) return extent;
  const { firstSeq, lastSeq } = extent;
  return order === 'ascending'
    ? { ...extent, lastSeq: Math.min(lastSeq, until) }
    : { ...extent, firstSeq: Math.max(firstSeq, until) };
}

/** In whose views of a service to look; null: in its timeline. */
function readersOf({ viewer, senderId = null, inbox = false }: TimelineQuery): readonly string[] | null {
  // Whoever has said something to a service finds it in its own view, which is shorter.
  if (inbox) return [senderId ?? serviceReader];
  if (viewer !== null) return [viewer.userId, everyoneReader];
  return senderId === null ? null : [senderId];
}

/** Of an `event`: a user has said it to the service. */
const isInquiry = Prisma.sql`EXISTS (
  SELECT FROM conversation.event_recipient AS recipient
  WHERE recipient.user_id = ${serviceReader} AND recipient.conversation_key = event.conversation_key
    AND recipient.seq = event.seq
)`;

/** Of an `event`: whether it is one of those asked for, whoever may see it. */
function whichOf({ types = null, senderId = null, inbox = false }: TimelineQuery): Prisma.Sql {
  const isAnyCustom = types?.includes('custom:*') === true;
  return Prisma.sql`(${senderId}::text IS NULL OR event.sender_id = ${senderId}::text)
    AND (
      ${types}::text[] IS NULL
      OR event.type = ANY(${types}::text[])
      OR (${isAnyCustom} AND starts_with(event.type, 'custom:'))
    )
    AND ${inbox && senderId !== null ? isInquiry : Prisma.sql`true`}`;
}
