import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isIn } from './is-in.js';
import { isLiving } from './leases.store.js';

/** Users of whom to find out who is absent: the members of a conversation, or these. */
export interface AudienceInQuestion {
  readonly applicationId: string;
  readonly conversationKey: string;
  readonly withMembers: boolean;
  /** Also of those who have muted the conversation. */
  readonly withMuted: boolean;
  readonly userIds: readonly string[];
}

export interface AbsentUser {
  readonly conversationKey: string;
  readonly userId: string;
  /** Null: no member. */
  readonly joinedSeq: bigint | null;
  readonly muted: boolean;
}

/**
 * Looks up one user's open sessions by their index, until one is found whose gateway still renews its lease. The limits keep
 * PostgreSQL from reading all sessions of the application, or all leases, instead.
 */
export function connected(applicationId: Prisma.Sql, user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    SELECT true FROM conversation.session
    CROSS JOIN LATERAL (
      SELECT FROM conversation.gateway_lease AS lease
      WHERE lease.incarnation = session.incarnation AND ${isLiving}
      LIMIT 1) AS held
    WHERE session.application_id = ${applicationId} AND session.user_id = ${user} AND session.closed_at IS NULL
    LIMIT 1)`;
}

/** Who is connected: sessions whose gateway still renews its lease. */
@Injectable()
export class PresenceStore {
  constructor(private readonly database: Database) {}

  /** Users among these (null: all members) with whether they are connected and whether they muted the conversation. */
  async among(
    applicationId: string,
    conversationKey: bigint,
    seq: number,
    userIds: readonly string[] | null,
  ): Promise<{ userId: string; isOnline: boolean; muted: boolean }[]> {
    return this.database.queries.$queryRaw<{ userId: string; isOnline: boolean; muted: boolean }[]>`
      WITH asked AS (
        SELECT user_id FROM conversation.member
        WHERE ${userIds === null} AND conversation_key = ${conversationKey} AND ${isIn()}
          AND joined_seq <= ${seq}
        UNION
        SELECT unnest(${[...(userIds ?? [])]}::text[])
      )
      SELECT asked.user_id AS "userId",
        coalesce(${connected(Prisma.sql`${applicationId}`, Prisma.sql`asked.user_id`)}, false) AS "isOnline",
        coalesce(member.muted, false) AS muted
      FROM asked
      LEFT JOIN LATERAL (
        SELECT muted FROM conversation.member
        WHERE member.conversation_key = ${conversationKey} AND member.user_id = asked.user_id AND ${isIn()}
        LIMIT 1
      ) AS member ON true
      ORDER BY asked.user_id`;
  }

  /** Who of many audiences is absent; each user is looked up once. */
  async absent(audiences: readonly AudienceInQuestion[]): Promise<AbsentUser[]> {
    const whole = audiences.filter(({ withMembers }) => withMembers);
    const named = audiences.flatMap(({ userIds, ...audience }) =>
      userIds.map((userId) => ({ ...audience, userId })),
    );
    return this.database.queries.$queryRaw<AbsentUser[]>`
      WITH concerned AS (
        SELECT audience.application_id, audience.conversation_key, member.user_id, member.joined_seq, member.muted
        FROM unnest(
          ${whole.map(({ applicationId }) => applicationId)}::text[],
          ${whole.map(({ conversationKey }) => conversationKey)}::bigint[],
          ${whole.map(({ withMuted }) => withMuted)}::boolean[]
        ) AS audience(application_id, conversation_key, with_muted)
        CROSS JOIN LATERAL (
          SELECT user_id, joined_seq, muted FROM conversation.member
          WHERE member.conversation_key = audience.conversation_key AND ${isIn()}
            AND (audience.with_muted OR NOT member.muted)
          OFFSET 0
        ) AS member
        UNION
        SELECT audience.application_id, audience.conversation_key, audience.user_id, member.joined_seq,
          coalesce(member.muted, false)
        FROM unnest(
          ${named.map(({ applicationId }) => applicationId)}::text[],
          ${named.map(({ conversationKey }) => conversationKey)}::bigint[],
          ${named.map(({ withMuted }) => withMuted)}::boolean[],
          ${named.map(({ userId }) => userId)}::text[]
        ) AS audience(application_id, conversation_key, with_muted, user_id)
        LEFT JOIN LATERAL (
          SELECT joined_seq, muted FROM conversation.member
          WHERE member.conversation_key = audience.conversation_key AND member.user_id = audience.user_id
            AND ${isIn()}
          LIMIT 1
        ) AS member ON true
        WHERE audience.with_muted OR member.muted IS NOT TRUE
      ), person AS MATERIALIZED (
        SELECT known.application_id, known.user_id
        FROM (SELECT DISTINCT application_id, user_id FROM concerned) AS known
        WHERE ${connected(Prisma.sql`known.application_id`, Prisma.sql`known.user_id`)} IS NULL
      )
      SELECT concerned.conversation_key::text AS "conversationKey", concerned.user_id AS "userId",
        concerned.joined_seq AS "joinedSeq", concerned.muted
      FROM concerned JOIN person USING (application_id, user_id)`;
  }
}
