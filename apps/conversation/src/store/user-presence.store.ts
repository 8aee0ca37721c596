import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { connected } from './presence.store.js';

interface UserOfApplication {
  readonly applicationId: string;
  readonly userId: string;
}

/** Whether users are online: a session is open whose gateway still renews its lease. */
@Injectable()
export class UserPresenceStore {
  constructor(private readonly database: Database) {}

  /** @param viewer sees itself, and who is in a conversation with it; null: everybody */
  async seenBy(
    applicationId: string,
    viewer: string | null,
    userIds: readonly string[],
  ): Promise<{ userId: string; isOnline: boolean; at: Date }[]> {
    return this.database.queries.$queryRaw<{ userId: string; isOnline: boolean; at: Date }[]>`
      SELECT seen.id AS "userId", now() AS at,
        coalesce(${connected(Prisma.sql`seen.application_id`, Prisma.sql`seen.id`)}, false) AS "isOnline"
      FROM (SELECT DISTINCT unnest(${[...userIds]}::text[]) AS id) AS asked
      JOIN conversation."user" AS seen
        ON seen.application_id = ${applicationId} AND seen.id = asked.id AND seen.deleted_at IS NULL
      WHERE ${viewer}::text IS NULL OR seen.id = ${viewer}::text OR (
        SELECT true FROM conversation.member AS theirs
        CROSS JOIN LATERAL (
          SELECT FROM conversation.member AS mine
          WHERE mine.conversation_key = theirs.conversation_key AND mine.user_id = ${viewer}::text
            AND mine.state = 'joined'
          LIMIT 1) AS shared
        WHERE theirs.application_id = seen.application_id AND theirs.user_id = seen.id AND theirs.state = 'joined'
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
