import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { whichIsThere } from './conversation-row.js';
import { isIn } from './is-in.js';
import { attending } from './rooms.store.js';

interface MemberOf {
  readonly conversationId: string;
  readonly userId: string;
  readonly muted: boolean;
}

interface Subscription {
  readonly conversationId: string;
  readonly joinedAt: number;
}

/** Rows of one answer: about a megabyte with the longest ids. More than one conversation can have. */
const answerRows = 5_000;
/** Of a room. */
const countedInRoom = 10_000;
/** Memberships that one page of a user's subscriptions looks at. */
const membershipsPerPage = 1_000;

/** Who is in what, for whoever asks about many at once. */
@Injectable()
export class MemberListsStore {
  constructor(private readonly database: Database) {}

  /**
   * Of rooms and services: none. What does not exist has no members.
   *
   * @returns `answered`: so many of the conversations, from the first, are answered
   */
  async membersOf(
    applicationId: string,
    conversationIds: readonly string[],
  ): Promise<{ readonly members: MemberOf[]; readonly answered: number }> {
    const rows = await this.database.client.$queryRaw<(MemberOf & { place: bigint })[]>`
      SELECT asked.place, asked.id AS "conversationId", member.user_id AS "userId", member.muted
      FROM unnest(${[...conversationIds]}::text[]) WITH ORDINALITY AS asked(id, place)
      CROSS JOIN LATERAL (
        SELECT key, expires_at FROM conversation.conversation AS its
        WHERE its.application_id = ${applicationId} AND its.id = asked.id AND its.kind IN ('group', 'temporary')
        OFFSET 0
      ) AS conversation
      CROSS JOIN LATERAL (
        SELECT state FROM conversation.conversation_head AS its WHERE its.conversation_key = conversation.key OFFSET 0
      ) AS head
      CROSS JOIN LATERAL (
        SELECT user_id, muted, joined_at, its.id FROM conversation.member AS its
        WHERE its.conversation_key = conversation.key AND ${isIn(Prisma.sql`its`)}
        ORDER BY joined_at, its.id
      ) AS member
      WHERE ${whichIsThere}
      ORDER BY asked.place, member.joined_at, member.id
      LIMIT ${answerRows + 1}`;
    const cut = rows.length > answerRows ? rows.at(-1)?.place : undefined;
    return {
      // The conversation at which the answer ends is not whole.
      members: rows
        .filter(({ place }) => place !== cut)
        .map(({ conversationId, userId, muted }) => ({ conversationId, userId, muted })),
      answered: cut === undefined ? conversationIds.length : Number(cut) - 1,
    };
  }

  /** Whoever attends a room counts once, and no more than `countedInRoom` do. @returns null when there is no such conversation */
  async countOf(applicationId: string, conversationId: string): Promise<number | null> {
    const [row] = await this.database.client.$queryRaw<{ count: bigint }[]>`
      SELECT CASE conversation.kind
        WHEN 'system' THEN head.subscribers
        WHEN 'room' THEN (
          SELECT count(*) FROM (
            SELECT DISTINCT attendance.user_id FROM ${attending}
            WHERE attendance.conversation_key = conversation.key LIMIT ${countedInRoom}
          ) AS present)
        ELSE (
          SELECT count(*) FROM conversation.member
          WHERE member.conversation_key = conversation.key AND ${isIn()})
        END AS count
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.application_id = ${applicationId} AND conversation.id = ${conversationId} AND ${whichIsThere}`;
    return row === undefined ? null : Number(row.count);
  }

  /** Services that the user is in, in the order of their keys, those after `after`; a page looks at so many memberships. */
  async subscriptionsOf(
    applicationId: string,
    userId: string,
    after: bigint,
  ): Promise<{ readonly subscriptions: Subscription[]; readonly next: bigint | null }> {
    const rows = await this.database.client.$queryRaw<
      { key: bigint; id: string; joined_at: Date; matches: boolean }[]
    >`
      SELECT candidate.key, conversation.id, candidate.joined_at,
        conversation.kind::text = 'system' AND ${whichIsThere} AS matches
      FROM (
        SELECT conversation_key AS key, joined_at FROM conversation.member
        WHERE application_id = ${applicationId} AND user_id = ${userId} AND state::text = 'joined'
          AND conversation_key > ${after}
        ORDER BY conversation_key LIMIT ${membershipsPerPage}
      ) AS candidate
      CROSS JOIN LATERAL (
        SELECT id, kind, expires_at FROM conversation.conversation AS its WHERE its.key = candidate.key OFFSET 0
      ) AS conversation
      CROSS JOIN LATERAL (
        SELECT state FROM conversation.conversation_head AS its WHERE its.conversation_key = candidate.key OFFSET 0
      ) AS head
      ORDER BY candidate.key`;
    return {
      subscriptions: rows
        .filter(({ matches }) => matches)
        .map((row) => ({ conversationId: row.id, joinedAt: row.joined_at.getTime() })),
      next: rows.length < membershipsPerPage ? null : (rows.at(-1)?.key ?? null),
    };
  }
}
