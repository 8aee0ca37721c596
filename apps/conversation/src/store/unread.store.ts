import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isUnread, mentions } from './event-row.js';
import { isIn } from './is-in.js';
import { ServiceTimelineStore } from './service-timeline.store.js';

/** How far a member has read in a conversation, and how far it goes. */
export interface Standing {
  readonly conversationKey: bigint;
  readonly conversationId: string;
  readonly lastSeq: number;
  readonly readSeq: number;
  /** Most events are for others: how many follow one another says nothing. */
  readonly isService: boolean;
}

export interface Counted {
  /** Of a service: more was not looked at. */
  readonly isCapped?: boolean;
  readonly unread: number;
  readonly mentions: number;
}

interface StandingRow {
  readonly conversation_key: bigint;
  readonly conversation_id: string;
  readonly last_seq: bigint;
  readonly read_seq: bigint;
  readonly is_service: boolean;
}

/** In rooms nothing counts as unread. What lies before the joining counts as read. */
const selectStandings = Prisma.sql`
  SELECT member.conversation_key, conversation.id AS conversation_id, head.last_seq,
    greatest(member.read_seq, member.joined_seq) AS read_seq, conversation.kind = 'system' AS is_service
  FROM conversation.member
  JOIN conversation.conversation ON conversation.key = member.conversation_key
  JOIN conversation.conversation_head AS head ON head.conversation_key = member.conversation_key
  WHERE head.state <> 'deleted' AND conversation.kind <> 'room'
    AND (conversation.expires_at IS NULL OR conversation.expires_at > statement_timestamp())`;

/** What members have not read. */
@Injectable()
export class UnreadStore {
  constructor(
    private readonly database: Database,
    private readonly services: ServiceTimelineStore,
  ) {}

  /** Null: the user is no member, or nothing counts as unread there. */
  async standing(conversationKey: bigint, userId: string): Promise<Standing | null> {
    const rows = await this.database.client.$queryRaw<StandingRow[]>`
      ${selectStandings}
        AND member.conversation_key = ${conversationKey} AND member.user_id = ${userId} AND ${isIn()}`;
    const [row] = rows;
    return row === undefined ? null : standingOf(row);
  }

  /** Of the conversations that a user is in, those after a key, in the order of keys. As text the state is `joinedAfter`'s. */
  async standings(applicationId: string, userId: string, after: bigint, limit: number): Promise<Standing[]> {
    const rows = await this.database.client.$queryRaw<StandingRow[]>`
      ${selectStandings}
        AND member.application_id = ${applicationId} AND member.user_id = ${userId}
        AND member.state::text = 'joined' AND member.conversation_key > ${after}
      ORDER BY member.conversation_key
      LIMIT ${limit}`;
    return rows.map(standingOf);
  }

  /**
   * Counts what is unread of each: the visible messages (libs/domain/src/timeline/visibility.ts) of others, neither recalled
   * nor expired, among the newest events, as many as `eventsToCount` says; in services among the newest of the user's view.
   */
  async count(userId: string, standings: readonly Standing[]): Promise<Map<bigint, Counted>> {
    const { services = [], others = [] } = Object.groupBy(standings, ({ isService }) =>
      isService ? 'services' : 'others',
    );
    const [inServices, elsewhere] = await Promise.all([
      services.length === 0 ? new Map<bigint, Counted>() : this.services.countUnread(userId, services),
      others.length === 0 ? new Map<bigint, Counted>() : this.countInTimelines(userId, others),
    ]);
    return new Map([...inServices, ...elsewhere]);
  }

  private async countInTimelines(
    userId: string,
    standings: readonly Standing[],
  ): Promise<Map<bigint, Counted>> {
    const rows = await this.database.client.$queryRaw<
      { conversation_key: bigint; unread: number; mentions: number }[]
    >`
      SELECT standing.conversation_key, counted.unread, counted.mentions
      FROM unnest(
        ${standings.map(({ conversationKey }) => String(conversationKey))}::bigint[],
        ${standings.map((standing) => String(standing.lastSeq - eventsToCount(standing)))}::bigint[],
        ${standings.map(({ lastSeq }) => String(lastSeq))}::bigint[]
      ) AS standing(conversation_key, after_seq, last_seq)
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS unread, count(*) FILTER (
          WHERE ${mentions(userId)}
        )::int AS mentions
        FROM conversation.event
        WHERE event.conversation_key = standing.conversation_key
          AND event.seq > standing.after_seq AND event.seq <= standing.last_seq
          AND ${isUnread(userId)}
          AND (
            event.audience = 'everyone'
            OR (event.audience = 'listed' AND EXISTS (
              SELECT FROM conversation.event_recipient AS recipient
              WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
                AND recipient.user_id = ${userId}::text
            ))
          )
      ) AS counted`;
    return new Map(rows.map(({ conversation_key: key, ...counted }) => [key, counted]));
  }
}

/** How many events of a conversation are looked at: those after the watermark, but not more than the limit. */
export function eventsToCount({ lastSeq, readSeq }: Standing): number {
  return Math.max(0, Math.min(lastSeq - readSeq, limits.unreadEvents));
}

function standingOf(row: StandingRow): Standing {
  return {
    conversationKey: row.conversation_key,
    conversationId: row.conversation_id,
    lastSeq: Number(row.last_seq),
    readSeq: Number(row.read_seq),
    isService: row.is_service,
  };
}
