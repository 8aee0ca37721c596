import { Injectable } from '@nestjs/common';
import type { Member } from '#contracts/members.js';
import type { MembershipView } from '#contracts/sessions.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import { Prisma } from '#prisma/client.js';
import { whichIsThere } from './conversation-row.js';

export interface Attendance {
  readonly sessionId: string;
  readonly applicationId: string;
  readonly userId: string;
}

/** Sessions that are in a room and open: `attendance` joined with its `session`. */
export const attending = Prisma.sql`
  conversation.room_attendance AS attendance
  JOIN conversation.session ON session.id = attendance.session_id AND session.closed_at IS NULL`;

/** Who is in which room: sessions, as long as they are open. */
@Injectable()
export class RoomsStore {
  constructor(private readonly database: Database) {}

  /** @returns `closed` when the session is not open, `again` when it is in the room already */
  async enter(
    transaction: Transaction,
    conversationKey: bigint,
    session: Attendance,
  ): Promise<'entered' | 'again' | 'closed'> {
    const { sessionId, applicationId, userId } = session;
    // The lock keeps the session's row, whose closing is no change of its key.
    const [row] = await transaction.$queryRaw<{ is_new: boolean }[]>`
      WITH open AS (
        SELECT id FROM conversation.session
        WHERE id = ${sessionId}::uuid AND application_id = ${applicationId} AND user_id = ${userId}
          AND closed_at IS NULL
      ), entered AS (
        INSERT INTO conversation.room_attendance (conversation_key, user_id, session_id, application_id)
        SELECT ${conversationKey}, ${userId}, id, ${applicationId} FROM open
        ON CONFLICT DO NOTHING
        RETURNING session_id
      ), known AS (
        INSERT INTO conversation.room_visitor (application_id, user_id, conversation_key)
        SELECT ${applicationId}, ${userId}, ${conversationKey} FROM open
        ON CONFLICT DO NOTHING
      )
      SELECT EXISTS (SELECT FROM entered) AS is_new FROM open`;
    if (row === undefined) return 'closed';
    return row.is_new ? 'entered' : 'again';
  }

  /** @returns whether the session was in it */
  async leave(
    transaction: Transaction,
    conversationKey: bigint,
    { sessionId, userId }: Attendance,
  ): Promise<boolean> {
    const { count } = await transaction.roomAttendance.deleteMany({
      where: { conversationKey, userId, sessionId },
    });
    return count > 0;
  }

  /** Whether another session of the user is in the room. */
  async isThereElse(
    transaction: Transaction,
    conversationKey: bigint,
    { sessionId, userId }: Attendance,
  ): Promise<boolean> {
    const rows = await transaction.$queryRaw<unknown[]>`
      SELECT attendance.session_id FROM ${attending}
      WHERE attendance.conversation_key = ${conversationKey} AND attendance.user_id = ${userId}
        AND attendance.session_id <> ${sessionId}::uuid
      LIMIT 1`;
    return rows.length > 0;
  }

  /** What a session has entered of rooms that were deleted since goes with the session. */
  async ofSession(sessionId: string): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ conversation_key: bigint }[]>`
      SELECT attendance.conversation_key FROM conversation.room_attendance AS attendance
      JOIN conversation.conversation_head AS head USING (conversation_key)
      WHERE attendance.session_id = ${sessionId}::uuid AND head.state <> 'deleted'`;
    return rows.map(({ conversation_key: key }) => String(key));
  }

  /** Who is in a room, each once, as members; one more than `limit` tells that there are more. */
  async page(conversationKey: bigint, after: string, limit: number): Promise<readonly Member[]> {
    const rows = await this.database.client.$queryRaw<
      { user_id: string; session_id: string; entered_at: Date }[]
    >`
      SELECT DISTINCT ON (attendance.user_id) attendance.user_id, attendance.session_id::text, attendance.entered_at
      FROM ${attending}
      WHERE attendance.conversation_key = ${conversationKey} AND attendance.user_id > ${after}
      ORDER BY attendance.user_id, attendance.session_id
      LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...{ id: row.session_id, userId: row.user_id, role: 'member', state: 'joined' },
      ...{ inviterId: null, invitedAt: null, joinedAt: row.entered_at.getTime() },
    }));
  }
}

/**
 * A room as somebody sees it who is in it: all of it, for as long as it is in. There are no events of entering, so that
 * no stay has a beginning.
 */
export async function attendedView(
  queries: Queries,
  conversationKey: bigint,
  userId: string,
): Promise<MembershipView | null> {
  const rows = await queries.$queryRaw<{ id: string; last_seq: bigint }[]>`
    SELECT conversation.id, head.last_seq
    FROM ${attending}
    JOIN conversation.conversation ON conversation.key = attendance.conversation_key
    JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
    WHERE attendance.conversation_key = ${conversationKey} AND attendance.user_id = ${userId} AND ${whichIsThere}
    LIMIT 1`;
  const [row] = rows;
  if (row === undefined) return null;
  return {
    ...{ conversationKey: String(conversationKey), conversationId: row.id, state: 'joined' },
    ...{
      fromSeq: 1,
      toSeq: null,
      joinedSeq: 0,
      firstJoinedSeq: 0,
      headSeq: Number(row.last_seq),
      muted: false,
    },
  };
}
