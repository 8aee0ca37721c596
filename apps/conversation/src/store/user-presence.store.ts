import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isIn } from './is-in.js';
import { connected } from './presence.store.js';
import { attending } from './rooms.store.js';

interface UserOfApplication {
  readonly applicationId: string;
  readonly userId: string;
}

/** Whether users are online: a session is open whose gateway still renews its lease. */
@Injectable()
export class UserPresenceStore {
  constructor(private readonly database: Database) {}

  /**
   * Looked for is a conversation in common among the newest of theirs, and when there are more, among the newest of the
   * viewer's, so that nobody who is in very many costs more; and a room that both are in now. A service is none of these.
   *
   * @param viewer sees itself, and who is in a conversation with it; null: everybody
   */
  async seenBy(
    applicationId: string,
    viewer: string | null,
    userIds: readonly string[],
  ): Promise<{ userId: string; isOnline: boolean; at: Date }[]> {
    return this.database.queries.$queryRaw<{ userId: string; isOnline: boolean; at: Date }[]>`
      WITH mine AS MATERIALIZED (
        ${newestStays(Prisma.sql`${applicationId}`, Prisma.sql`${viewer}::text`)}
      ), room AS MATERIALIZED (
        SELECT DISTINCT attendance.conversation_key
        FROM conversation.session CROSS JOIN LATERAL (
          SELECT conversation_key FROM conversation.room_attendance AS entered
          WHERE entered.session_id = session.id
          OFFSET 0) AS attendance
        JOIN conversation.conversation_head AS head USING (conversation_key)
        WHERE session.application_id = ${applicationId} AND session.user_id = ${viewer}::text
          AND session.closed_at IS NULL AND head.state <> 'deleted'
      )
      SELECT seen.id AS "userId", now() AS at,
        coalesce(${connected(Prisma.sql`seen.application_id`, Prisma.sql`seen.id`)}, false) AS "isOnline"
      FROM (SELECT DISTINCT unnest(${[...userIds]}::text[]) AS id) AS asked
      JOIN conversation."user" AS seen
        ON seen.application_id = ${applicationId} AND seen.id = asked.id AND seen.deleted_at IS NULL
      WHERE ${viewer}::text IS NULL OR seen.id = ${viewer}::text
        OR (
          SELECT true FROM (${newestStays(Prisma.sql`seen.application_id`, Prisma.sql`seen.id`)}) AS theirs
          ${inWhichIs(Prisma.sql`theirs`, Prisma.sql`${viewer}::text`)})
        OR CASE WHEN (
          SELECT count(*) FROM (
            SELECT FROM conversation.member
            WHERE member.application_id = seen.application_id AND member.user_id = seen.id
            LIMIT ${limits.presenceConversations}) AS counted
        ) = ${limits.presenceConversations} THEN (SELECT true FROM mine ${inWhichIs(Prisma.sql`mine`, Prisma.sql`seen.id`)}) END
        OR (
          SELECT true FROM room CROSS JOIN LATERAL (
            SELECT FROM ${attending}
            WHERE attendance.conversation_key = room.conversation_key AND attendance.user_id = seen.id
            LIMIT 1) AS shared
          LIMIT 1)`;
  }

  async online(users: readonly UserOfApplication[]): Promise<{ online: UserOfApplication[]; at: Date }> {
    const rows = await this.database.queries.$queryRaw<
      (UserOfApplication & { at: Date; isOnline: boolean })[]
    >`
      SELECT asked.application_id AS "applicationId", asked.user_id AS "userId", now() AS at,
        coalesce(${connected(Prisma.sql`asked.application_id`, Prisma.sql`asked.user_id`)}, false) AS "isOnline"
      FROM unnest(
        ${users.map(({ applicationId }) => applicationId)}::text[], ${users.map(({ userId }) => userId)}::text[]
      ) AS asked(application_id, user_id)`;
    const online = rows.filter(({ isOnline }) => isOnline);
    return {
      online: online.map(({ applicationId, userId }) => ({ applicationId, userId })),
      at: rows[0]?.at ?? new Date(0),
    };
  }
}

/** The newest conversations of a user, as far as it is in them. */
function newestStays(applicationId: Prisma.Sql, user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT conversation_key FROM (
      SELECT conversation_key, state FROM conversation.member
      WHERE member.application_id = ${applicationId} AND member.user_id = ${user}
      ORDER BY conversation_key DESC LIMIT ${limits.presenceConversations}) AS newest
    WHERE newest.state = 'joined'`;
}

/** Of these conversations the first one in which the user is. Subscribers of a service are not for each other to see. */
function inWhichIs(conversations: Prisma.Sql, user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    CROSS JOIN LATERAL (
      SELECT FROM conversation.member
      WHERE member.conversation_key = ${conversations}.conversation_key AND member.user_id = ${user}
        AND ${isIn()} AND (
          SELECT its.kind <> 'system' FROM conversation.conversation AS its WHERE its.key = member.conversation_key)
      LIMIT 1) AS shared
    LIMIT 1`;
}
