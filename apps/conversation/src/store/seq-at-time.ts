import { Prisma } from '#prisma/client.js';

/** The timeline to look into, as columns of the statement that this becomes a part of. */
export interface TimelineExtent {
  readonly conversationKey: Prisma.Sql;
  /** `conversation.first_seq` */
  readonly firstSeq: Prisma.Sql;
  /** `conversation_head.last_seq` */
  readonly lastSeq: Prisma.Sql;
}

/** @param milliseconds since the epoch */
export function instant(milliseconds: number): Prisma.Sql {
  return Prisma.sql`('epoch'::timestamptz + ${milliseconds}::float8 * interval '1 millisecond')`;
}

/**
 * A scalar subquery: the seq of the first event of a timeline that is not older than `time` (`last_seq + 1` when all are).
 *
 * Timestamps ascend with seq, so halving the timeline by its primary key finds the place: 20 events are looked at in a
 * timeline of a million, and no index by time is needed, which every append would pay for. Where an event is missing the
 * next one speaks for it, so what is deleted at this moment leads nowhere wrong.
 */
export function seqAtTime(
  { conversationKey, firstSeq, lastSeq }: TimelineExtent,
  time: Prisma.Sql,
): Prisma.Sql {
  // Everything up to `low` is older, nothing from `high` on is.
  return Prisma.sql`(
    WITH RECURSIVE halving(low, high) AS (
      SELECT ${firstSeq} - 1, ${lastSeq} + 1
      UNION ALL
      SELECT CASE WHEN found.created_at < ${time} THEN found.seq ELSE halving.low END,
        CASE WHEN found.created_at < ${time} THEN halving.high ELSE middle.seq END
      FROM halving
      CROSS JOIN LATERAL (SELECT (halving.low + halving.high) / 2 AS seq) AS middle
      LEFT JOIN LATERAL (
        SELECT stored.seq, stored.created_at FROM conversation.event AS stored
        WHERE stored.conversation_key = ${conversationKey} AND stored.seq >= middle.seq
        ORDER BY stored.seq LIMIT 1
      ) AS found ON true
      WHERE halving.high - halving.low > 1
    )
    SELECT high FROM halving WHERE high - low <= 1)`;
}
