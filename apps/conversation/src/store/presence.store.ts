import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { isLiving } from './leases.store.js';

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
    return this.database.client.$queryRaw<{ userId: string; isOnline: boolean; muted: boolean }[]>`
      WITH asked AS (
        SELECT user_id FROM conversation.member
        WHERE ${userIds === null} AND conversation_key = ${conversationKey} AND state = 'joined'
          AND joined_seq <= ${seq}
        UNION
        SELECT unnest(${[...(userIds ?? [])]}::text[])
      )
      SELECT asked.user_id AS "userId",
        EXISTS (
          SELECT FROM conversation.session
          JOIN conversation.gateway_lease AS lease USING (incarnation)
          WHERE session.application_id = ${applicationId} AND session.user_id = asked.user_id
            AND session.closed_at IS NULL AND ${isLiving}
        ) AS "isOnline",
        coalesce(member.muted, false) AS muted
      FROM asked
      LEFT JOIN conversation.member
        ON member.conversation_key = ${conversationKey} AND member.user_id = asked.user_id AND member.state = 'joined'
      ORDER BY asked.user_id`;
  }
}
