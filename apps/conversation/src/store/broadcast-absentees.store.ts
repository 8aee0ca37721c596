import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isGiven } from './broadcasts.store.js';
import { isIn } from './is-in.js';
import { connected } from './presence.store.js';

/** Whom a broadcast has not reached, portion by portion of all users of its application. */
@Injectable()
export class BroadcastAbsenteesStore {
  constructor(private readonly database: Database) {}

  /**
   * Whom of so many users to notify, those with numbers after `after`: nobody is who is connected, has muted the service, was
   * deleted, or has sent it; and none of all when the broadcast was recalled or deleted, or has expired.
   *
   * @returns `next`: the number after which to ask for more; null at the end
   */
  async after(
    applicationId: string,
    eventId: string,
    after: number,
    limit: number,
  ): Promise<{ userIds: string[]; next: number | null }> {
    const rows = await this.database.client.$queryRaw<
      { id: string; number: bigint; is_to_notify: boolean }[]
    >`
      WITH sent AS MATERIALIZED (
        SELECT broadcast.conversation_key, message.sender_id FROM conversation.event AS message
        JOIN conversation.broadcast
          ON broadcast.conversation_key = message.conversation_key AND broadcast.seq = message.seq
        WHERE message.id = ${eventId}::uuid AND broadcast.application_id = ${applicationId} AND ${isGiven}
      ), portion AS MATERIALIZED (
        SELECT holder.id, holder.number, holder.deleted_at, sent.conversation_key, sent.sender_id
        FROM sent CROSS JOIN LATERAL (
          SELECT id, number, deleted_at FROM conversation."user"
          WHERE application_id = ${applicationId} AND number > ${after}
          ORDER BY application_id, number LIMIT ${limit}
        ) AS holder
      )
      SELECT portion.id, portion.number, portion.deleted_at IS NULL AND portion.id <> portion.sender_id
        AND ${connected(Prisma.sql`${applicationId}`, Prisma.sql`portion.id`)} IS NULL
        AND (
          SELECT true FROM conversation.member
          WHERE member.conversation_key = portion.conversation_key AND member.user_id = portion.id
            AND ${isIn()} AND member.muted
          LIMIT 1
        ) IS NULL AS is_to_notify
      FROM portion ORDER BY portion.number`;
    const next = rows.length === limit ? Number(rows.at(-1)?.number) : null;
    return { userIds: rows.flatMap(({ id, is_to_notify: isToNotify }) => (isToNotify ? [id] : [])), next };
  }
}
