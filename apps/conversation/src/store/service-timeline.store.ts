import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { everyoneReader } from '#domain/timeline/service-views.js';
import type { VisibleRange } from '#domain/timeline/visibility.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isUnexpired, isUnread, mentions, selectEvents, type EventRow } from './event-row.js';

export interface ViewQuery {
  readonly conversationKey: bigint;
  readonly readers: readonly string[];
  /** Null: everything in the views, for servers. */
  readonly viewer: { readonly userId: string; readonly range: VisibleRange } | null;
  readonly order: 'ascending' | 'descending';
  /** Of the events' own conditions: see `TimelineStore`. */
  readonly which: Prisma.Sql;
}

/** Events of a view that one statement looks at. */
const viewAtOnce = 200;

/**
 * Reads services by views (libs/domain/src/timeline/service-views.ts), with the one rule of visibility as SQL. How many events
 * others have there makes no difference.
 */
@Injectable()
export class ServiceTimelineStore {
  constructor(private readonly database: Database) {}

  /**
   * A portion of what stands in these readers' views, from `low` to `high`, at most `limit` events of it.
   *
   * @returns `end`: up to where everything has been considered, if there are fewer events than `limit`; null: all of it
   */
  async read(
    query: ViewQuery,
    { low, high, limit }: { readonly low: number; readonly high: number; readonly limit: number },
  ): Promise<{ readonly rows: EventRow[]; readonly end: number | null }> {
    const { conversationKey, readers, order } = query;
    const direction = order === 'ascending' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
    const ranges = readers.map(
      (reader) => Prisma.sql`(
        SELECT seq FROM conversation.event_recipient
        WHERE user_id = ${reader} AND conversation_key = ${conversationKey} AND seq BETWEEN ${low} AND ${high}
        ORDER BY seq ${direction} LIMIT ${viewAtOnce})`,
    );
    const view = await this.database.client.$queryRaw<{ seq: bigint }[]>`
      SELECT seq FROM (${Prisma.join(ranges, ' UNION ')}) AS view ORDER BY seq ${direction} LIMIT ${viewAtOnce}`;
    const seqs = view.map(({ seq }) => seq);
    const end = seqs.length < viewAtOnce ? null : Number(seqs.at(-1));
    return { rows: seqs.length === 0 ? [] : await this.events(query, seqs, direction, limit), end };
  }

  /** How many events after this one the user may see by its view, counted up to one more than `atMost`. */
  async countAfter(conversationKey: bigint, userId: string, after: number, atMost: number): Promise<number> {
    const range = (reader: string): Prisma.Sql => Prisma.sql`(
      SELECT seq FROM conversation.event_recipient
      WHERE user_id = ${reader} AND conversation_key = ${conversationKey} AND seq > ${after}
      ORDER BY seq LIMIT ${atMost + 1})`;
    const [row] = await this.database.client.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM (
        SELECT seq FROM (${range(userId)} UNION ${range(everyoneReader)}) AS view LIMIT ${atMost + 1}
      ) AS counted`;
    return Number(row?.count ?? 0);
  }

  /** When something was last said in each of these services that is for the user, or for everybody; else when it was created. */
  async lastActivity(userId: string, conversationKeys: readonly bigint[]): Promise<Map<bigint, Date>> {
    if (conversationKeys.length === 0) return new Map();
    const newest = (reader: string): Prisma.Sql => Prisma.sql`(
      SELECT seq FROM conversation.event_recipient AS recipient
      WHERE recipient.user_id = ${reader} AND recipient.conversation_key = service.key
      ORDER BY seq DESC LIMIT 1)`;
    const rows = await this.database.client.$queryRaw<{ key: bigint; at: Date }[]>`
      SELECT service.key, coalesce((
        SELECT event.created_at FROM conversation.event
        WHERE event.conversation_key = service.key
          AND event.seq = greatest(${newest(userId)}, ${newest(everyoneReader)})
        LIMIT 1), service.created_at) AS at
      FROM conversation.conversation AS service WHERE service.key = ANY(${conversationKeys.map(String)}::bigint[])`;
    return new Map(rows.map(({ key, at }) => [key, at]));
  }

  /**
   * What is unread of each: in the user's view or in everyone's after the place up to which it has read, among the newest
   * that stand there.
   */
  async countUnread(
    userId: string,
    standings: readonly { readonly conversationKey: bigint; readonly readSeq: number }[],
  ): Promise<Map<bigint, { unread: number; mentions: number; isCapped: boolean }>> {
    const newest = (reader: string): Prisma.Sql => Prisma.sql`(
      SELECT seq FROM conversation.event_recipient AS recipient
      WHERE recipient.user_id = ${reader} AND recipient.conversation_key = standing.conversation_key
        AND recipient.seq > standing.read_seq
      ORDER BY seq DESC LIMIT ${limits.unreadEvents})`;
    const rows = await this.database.client.$queryRaw<
      { conversation_key: bigint; unread: number; mentions: number; looked_at: number }[]
    >`
      SELECT standing.conversation_key, counted.unread, counted.mentions, counted.looked_at
      FROM unnest(
        ${standings.map(({ conversationKey }) => String(conversationKey))}::bigint[],
        ${standings.map(({ readSeq }) => String(readSeq))}::bigint[]
      ) AS standing(conversation_key, read_seq)
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS looked_at, count(event.seq)::int AS unread,
          count(event.seq) FILTER (WHERE ${mentions(userId)})::int AS mentions
        FROM (
          SELECT seq FROM (${newest(userId)} UNION ${newest(everyoneReader)}) AS merged
          ORDER BY seq DESC LIMIT ${limits.unreadEvents}
        ) AS view
        LEFT JOIN LATERAL (
          SELECT event.seq, event.mentions FROM conversation.event
          WHERE event.conversation_key = standing.conversation_key AND event.seq = view.seq AND ${isUnread(userId)}
          LIMIT 1
        ) AS event ON true
      ) AS counted`;
    return new Map(
      rows.map(({ conversation_key: key, looked_at: lookedAt, ...counted }) => [
        key,
        { ...counted, isCapped: lookedAt >= limits.unreadEvents },
      ]),
    );
  }

  private events(
    { conversationKey, viewer, which }: ViewQuery,
    seqs: readonly bigint[],
    direction: Prisma.Sql,
    limit: number,
  ): Promise<EventRow[]> {
    const wanted = seqs.map(String);
    return this.database.client.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq = ANY(${wanted}::bigint[])
        AND ${isUnexpired} AND ${which} AND ${viewer === null ? Prisma.sql`true` : isOpenTo(viewer)}
      ORDER BY event.seq ${direction}
      LIMIT ${limit}`;
  }
}

/** Of an event in the user's view, or in everyone's. */
function isOpenTo({ userId, range }: NonNullable<ViewQuery['viewer']>): Prisma.Sql {
  const { fromSeq, toSeq } = range;
  return Prisma.sql`(
    event.audience IN ('listed', 'broadcast')
    OR event.sender_id = ${userId}
    OR (event.audience = 'everyone' AND coalesce(event.target_seq, event.seq) >= ${fromSeq}
      AND (${toSeq}::bigint IS NULL OR event.seq <= ${toSeq}::bigint))
  )`;
}
