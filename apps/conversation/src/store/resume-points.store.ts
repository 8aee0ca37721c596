import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { membershipsAtOnce } from '#contracts/sessions.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { seqAtTime } from './seq-at-time.js';

/**
 * A connection may be gone for so long before anybody knows: two heartbeats that were waited for, or a lease. What is said twice
 * because of it, clients that ask this way know how to pass over.
 */
const unnoticed = '60 seconds';
/** Of the log of a user's sessions. */
const lookedAt = 1_000;
/** Of one conversation. Less than a session is given at most, since more may be said before it is open: then it is given nothing. */
const givenAgain = limits.resumeEvents - 100;

/** Where clients go on that say nothing but who they were. */
@Injectable()
export class ResumePointsStore {
  constructor(private readonly database: Database) {}

  /**
   * When a session with this tag was last known to be there, or earlier, but not before it began; null: there is none in the log.
   * A connection that broke off as soon as it had begun may have brought nothing of what was missed: the one before it counts.
   */
  async since(applicationId: string, userId: string, tag: string): Promise<Date | null> {
    const rows = await this.database.client.$queryRaw<{ since: Date | null }[]>`
      WITH stretch AS (
        SELECT change.session_id, (array_agg(change.incarnation))[1] AS incarnation,
          min(change.at) FILTER (WHERE change.kind = 'online') AS began,
          max(change.at) FILTER (WHERE change.kind = 'offline') AS ended
        FROM (
          SELECT session_id, incarnation, kind, at, tag FROM conversation.session_change
          WHERE application_id = ${applicationId} AND user_id = ${userId}
          ORDER BY number DESC LIMIT ${lookedAt}
        ) AS change
        WHERE change.tag = ${tag}
        GROUP BY change.session_id
      ), known AS (
        SELECT coalesce(stretch.began, stretch.ended) AS began,
          least(coalesce(stretch.ended, now()), lease.renewed_at) - ${unnoticed}::interval AS there
        FROM stretch
        LEFT JOIN conversation.gateway_lease AS lease ON lease.incarnation = stretch.incarnation
      )
      SELECT coalesce(max(there) FILTER (WHERE there >= began), min(began)) AS since FROM known`;
    return rows[0]?.since ?? null;
  }

  /**
   * Where the user's conversations were at that time, those that it has left since included; not further back than a client is
   * given again, nor than its latest stay.
   *
   * @param after key of a conversation: those behind it
   * @returns `last`: the key of the last one; null: there are no more
   */
  async positions(
    applicationId: string,
    userId: string,
    since: Date,
    after: bigint,
  ): Promise<{ positions: { conversationId: string; seq: number }[]; last: bigint | null }> {
    const time = Prisma.sql`${since}::timestamptz`;
    const extent = {
      conversationKey: Prisma.sql`mine.conversation_key`,
      firstSeq: Prisma.sql`greatest(mine.first_seq, mine.last_seq - ${givenAgain} + 1)`,
      lastSeq: Prisma.sql`mine.last_seq`,
    };
    const rows = await this.database.client.$queryRaw<
      { id: string; conversation_key: bigint; seq: bigint }[]
    >`
      SELECT mine.id, mine.conversation_key, CASE
          WHEN mine.last_timestamp < ${time} THEN mine.last_seq
          ELSE greatest(${seqAtTime(extent, time)} - 1, mine.joined_seq - 1)
        END AS seq
      FROM (
        SELECT conversation.id, conversation.first_seq, head.conversation_key, head.last_seq, head.last_timestamp,
          member.joined_seq, member.id AS member_id
        FROM conversation.member
        JOIN conversation.conversation ON conversation.key = member.conversation_key
        JOIN conversation.conversation_head AS head ON head.conversation_key = member.conversation_key
        WHERE member.application_id = ${applicationId} AND member.user_id = ${userId}
          AND member.conversation_key > ${after}
          AND (member.state::text = 'joined' OR member.left_at >= ${time})
        ORDER BY member.conversation_key, member.id
        LIMIT ${membershipsAtOnce}
      ) AS mine
      ORDER BY mine.conversation_key, mine.member_id`;
    return {
      positions: rows.map(({ id, seq }) => ({ conversationId: id, seq: Number(seq) })),
      last: rows.length < membershipsAtOnce ? null : (rows.at(-1)?.conversation_key ?? null),
    };
  }
}
