import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { StoredRecord } from '#contracts/user-exports.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { whichIsThere } from './conversation-row.js';
import { isUnexpired } from './event-row.js';
import { attending } from './rooms.store.js';

export interface ExportedUser {
  readonly applicationId: string;
  readonly userId: string;
}

/** Of one part of an export: `next` is what to ask for what comes after it, null at the part's end. */
export interface Portion {
  readonly records: readonly StoredRecord[];
  readonly next: readonly string[] | null;
}

/** Rows that one statement answers: a page stays far below the limit of a payload. */
export const rowsAtOnce = 200;
/** In the statement itself: for a parameter PostgreSQL plans a tenth of the table, and sorts it rather than read an index. */
export const firstRows = Prisma.raw(`LIMIT ${String(rowsAtOnce)}`);
export const noUuid = '00000000-0000-0000-0000-000000000000';

type RecordOf<Type extends StoredRecord['type']> = Extract<StoredRecord, { type: Type }>;
/** Rows give points in time as such. */
type RowOf<Type extends StoredRecord['type'], Times extends string> = {
  [Name in keyof Omit<RecordOf<Type>, 'type'>]: Name extends Times
    ? Extract<RecordOf<Type>[Name], null> | Date
    : RecordOf<Type>[Name];
};

/**
 * What is stored about a user, part by part, each in an order of its own: the same places as those that a deletion takes
 * the user out of (user-erasures.store.ts).
 */
@Injectable()
export class UserExportsStore {
  constructor(private readonly database: Database) {}

  /** Those that are open; in one portion, for a user may not have many. */
  async sessions({ applicationId, userId }: ExportedUser): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<RowOf<'session', 'connectedAt'>[]>`
      SELECT id::text AS "sessionId", user_id AS "userId", dialect, tag, address, token_id AS "tokenId",
        connected_at AS "connectedAt"
      FROM conversation.session
      WHERE application_id = ${applicationId} AND user_id = ${userId} AND closed_at IS NULL
      ORDER BY connected_at, id LIMIT ${10 * limits.sessionsPerUser}`;
    const records = rows.map((row) => ({
      type: 'session' as const,
      ...row,
      connectedAt: row.connectedAt.getTime(),
    }));
    return { records, next: null };
  }

  /** Portions as those of FilesStore.ofOwner. */
  async sessionChanges(
    { applicationId, userId }: ExportedUser,
    [after = '0']: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<
      (RowOf<'session_change', 'timestamp'> & { number: string })[]
    >`
      SELECT number::text, session_id::text AS "sessionId", kind::text, reason::text, detail, dialect, tag, address,
        at AS "timestamp"
      FROM (
        SELECT * FROM conversation.session_change
        WHERE application_id = ${applicationId} AND (user_id, number) > (${userId}, ${after}::bigint)
        ORDER BY user_id, number ${firstRows}
      ) AS change
      WHERE user_id = ${userId}
      ORDER BY change.number`;
    return portion(
      rows,
      ({ number: _number, ...row }) => ({
        ...{ type: 'session_change', ...row },
        timestamp: row.timestamp.getTime(),
      }),
      ({ number }) => [number],
    );
  }

  /** Nothing else is stored of tokens. */
  async revokedTokens(
    { applicationId, userId }: ExportedUser,
    [after = '']: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.client.revokedToken.findMany({
      where: { applicationId, userId, tokenId: { gt: after } },
      orderBy: { tokenId: 'asc' },
      take: rowsAtOnce,
    });
    return portion(
      rows,
      ({ tokenId, revokedAt, expiresAt }) => ({
        ...{ type: 'revoked_token', tokenId, revokedAt: revokedAt.getTime() },
        expiresAt: timeOf(expiresAt),
      }),
      ({ tokenId }) => [tokenId],
    );
  }

  /** Whom the user has blocked; who has blocked it is theirs. */
  async blocks({ applicationId, userId }: ExportedUser, [after = '']: readonly string[]): Promise<Portion> {
    const rows = await this.database.client.userBlock.findMany({
      where: { applicationId, userId, blockedUserId: { gt: after } },
      orderBy: { blockedUserId: 'asc' },
      take: rowsAtOnce,
    });
    return portion(
      rows,
      (row) => ({ type: 'block', userId: row.blockedUserId, blockedAt: row.createdAt.getTime() }),
      ({ blockedUserId }) => [blockedUserId],
    );
  }

  /** Users of other applications may have the same id: a portion looks at few rows, however few of them are this user's. */
  async conversationBlocks(
    { applicationId, userId }: ExportedUser,
    [after = '0']: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<
      {
        readonly key: string;
        readonly conversationId: string | null;
        readonly blockedAt: Date;
        readonly expiresAt: Date | null;
      }[]
    >`
      WITH block AS MATERIALIZED (
        SELECT conversation_key, created_at, expires_at FROM conversation.conversation_block
        WHERE user_id = ${userId} AND conversation_key > ${after}::bigint
        ORDER BY conversation_key ${firstRows}
      )
      SELECT block.conversation_key::text AS key, block.created_at AS "blockedAt", block.expires_at AS "expiresAt",
        CASE WHEN block.expires_at IS NULL OR block.expires_at > now() THEN there.id END AS "conversationId"
      FROM block LEFT JOIN ${conversationOf(applicationId, Prisma.sql`block.conversation_key`)} ON true
      ORDER BY block.conversation_key`;
    return portion(
      rows,
      ({ conversationId, blockedAt, expiresAt }) =>
        conversationId === null
          ? null
          : {
              ...{ type: 'conversation_block', conversationId, blockedAt: blockedAt.getTime() },
              expiresAt: timeOf(expiresAt),
            },
      ({ key }) => [key],
    );
  }

  async idempotencyKeys(
    { applicationId, userId }: ExportedUser,
    [after = '']: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<RowOf<'idempotency_key', 'createdAt' | 'expiresAt'>[]>`
      SELECT key, event_id::text AS "eventId", created_at AS "createdAt", expires_at AS "expiresAt"
      FROM conversation.request
      WHERE application_id = ${applicationId} AND namespace = ${`user:${userId}`} AND key > ${after}
      ORDER BY key ${firstRows}`;
    return portion(
      rows,
      ({ createdAt, expiresAt, ...row }) => ({
        ...{ type: 'idempotency_key', ...row, createdAt: createdAt.getTime() },
        expiresAt: timeOf(expiresAt),
      }),
      ({ key }) => [key],
    );
  }

  async memberships(
    { applicationId, userId }: ExportedUser,
    [key = '0', id = noUuid]: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<(StayRow & { readonly key: string })[]>`
      SELECT member.conversation_key::text AS key, there.id AS "conversationId", there.kind::text AS "conversationKind",
        coalesce(there.created_by = member.user_id, false) AS "isCreator", member.id::text, member.role::text,
        member.state::text, member.inviter_id AS "inviterId", member.invited_at AS "invitedAt",
        member.joined_at AS "joinedAt", member.left_at AS "leftAt", member.joined_seq AS "joinedSeq",
        member.left_seq AS "leftSeq", member.delivered_seq AS "deliveredSeq", member.read_seq AS "readSeq",
        member.muted, member.silenced_until AS "silencedUntil"
      FROM conversation.member CROSS JOIN ${conversationOf(applicationId, Prisma.sql`member.conversation_key`)}
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId}
        AND (member.conversation_key, member.id) > (${key}::bigint, ${id}::uuid)
      ORDER BY member.conversation_key, member.id ${firstRows}`;
    return portion(rows, membershipOf, (row) => [row.key, row.id]);
  }

  /** Rooms that the user has ever entered, and where servers have spoken in its name. */
  async visits({ applicationId, userId }: ExportedUser, [after = '0']: readonly string[]): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<(RowOf<'visit', 'enteredAt'> & { key: string })[]>`
      SELECT visitor.conversation_key::text AS key, there.id AS "conversationId",
        there.kind::text AS "conversationKind", coalesce(there.created_by = visitor.user_id, false) AS "isCreator", (
          SELECT min(attendance.entered_at) FROM ${attending}
          WHERE attendance.conversation_key = visitor.conversation_key AND attendance.user_id = visitor.user_id
        ) AS "enteredAt"
      FROM conversation.room_visitor AS visitor
      CROSS JOIN ${conversationOf(applicationId, Prisma.sql`visitor.conversation_key`)}
      WHERE visitor.application_id = ${applicationId} AND visitor.user_id = ${userId}
        AND visitor.conversation_key > ${after}::bigint
      ORDER BY visitor.conversation_key ${firstRows}`;
    return portion(
      rows,
      ({ key: _key, enteredAt, ...row }) => ({ type: 'visit', ...row, enteredAt: timeOf(enteredAt) }),
      ({ key }) => [key],
    );
  }

  /** Whether it has ever been there or not. */
  async created({ applicationId, userId }: ExportedUser, [after = '0']: readonly string[]): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<
      (RowOf<'created', 'createdAt'> & { readonly key: string; readonly isThere: boolean })[]
    >`
      WITH own AS MATERIALIZED (
        SELECT key FROM conversation.conversation
        WHERE application_id = ${applicationId} AND created_by = ${userId} AND key > ${after}::bigint
        ORDER BY key ${firstRows}
      )
      SELECT own.key::text, there.key IS NOT NULL AS "isThere", there.id AS "conversationId",
        there.kind::text AS "conversationKind", there.created_at AS "createdAt"
      FROM own LEFT JOIN ${conversationOf(applicationId, Prisma.sql`own.key`)} ON true
      ORDER BY own.key`;
    return portion(
      rows,
      ({ key: _key, isThere, ...row }) =>
        isThere ? { type: 'created', ...row, createdAt: row.createdAt.getTime() } : null,
      ({ key }) => [key],
    );
  }

  /** Events of others that were listed for the user; of few rows, as `conversationBlocks`. */
  async addressed(
    { applicationId, userId }: ExportedUser,
    [key = '0', seq = '0']: readonly string[],
  ): Promise<Portion> {
    const rows = await this.database.queries.$queryRaw<
      {
        readonly key: string;
        readonly seq: bigint;
        readonly conversationId: string | null;
        readonly eventId: string | null;
        readonly timestamp: Date;
      }[]
    >`
      WITH listed AS MATERIALIZED (
        SELECT conversation_key, seq FROM conversation.event_recipient
        WHERE user_id = ${userId} AND (conversation_key, seq) > (${key}::bigint, ${seq}::bigint)
        ORDER BY conversation_key, seq ${firstRows}
      )
      SELECT listed.conversation_key::text AS key, listed.seq, there.id AS "conversationId", seen.id::text AS "eventId",
        seen.created_at AS "timestamp"
      FROM listed
      LEFT JOIN ${conversationOf(applicationId, Prisma.sql`listed.conversation_key`)} ON true
      LEFT JOIN LATERAL (
        SELECT event.id, event.created_at FROM conversation.event
        WHERE event.conversation_key = there.key AND event.seq = listed.seq AND event.seq >= there.first_seq
          AND event.sender_id IS DISTINCT FROM ${userId} AND ${isUnexpired}
        LIMIT 1
      ) AS seen ON true
      ORDER BY listed.conversation_key, listed.seq`;
    return portion(
      rows,
      ({ conversationId, eventId, seq: position, timestamp }) =>
        conversationId === null || eventId === null
          ? null
          : {
              ...{ type: 'addressed', conversationId, eventId, seq: Number(position) },
              timestamp: timestamp.getTime(),
            },
      (row) => [row.key, String(row.seq)],
    );
  }

  /** Neither deleted nor expired. */
  async isThere({ applicationId }: ExportedUser, conversationKey: bigint): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<unknown[]>`
      SELECT there.key FROM ${conversationOf(applicationId, Prisma.sql`${conversationKey}`)}`;
    return rows.length > 0;
  }
}

/**
 * As a row `there`: the conversation with this key, unless it is another application's, deleted or expired. By the limit it is
 * looked up for each row: PostgreSQL, which knows no portion's size when it plans, would read all of them at once.
 */
function conversationOf(applicationId: string, key: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`LATERAL (
    SELECT conversation.key, conversation.id, conversation.kind, conversation.created_by, conversation.created_at,
      conversation.first_seq
    FROM conversation.conversation
    JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
    WHERE conversation.key = ${key} AND conversation.application_id = ${applicationId} AND ${whichIsThere}
    LIMIT 1
  ) AS there`;
}

type StayTime = 'invitedAt' | 'joinedAt' | 'leftAt' | 'silencedUntil';
type StaySeq = 'joinedSeq' | 'leftSeq' | 'deliveredSeq' | 'readSeq';
type StayRow = Omit<RowOf<'membership', StayTime>, StaySeq> & {
  readonly joinedSeq: bigint | null;
  readonly leftSeq: bigint | null;
  readonly deliveredSeq: bigint;
  readonly readSeq: bigint;
};

function membershipOf({ key: _key, ...row }: StayRow & { readonly key: string }): RecordOf<'membership'> {
  return {
    type: 'membership',
    ...row,
    invitedAt: timeOf(row.invitedAt),
    joinedAt: timeOf(row.joinedAt),
    leftAt: timeOf(row.leftAt),
    silencedUntil: timeOf(row.silencedUntil),
    joinedSeq: row.joinedSeq === null ? null : Number(row.joinedSeq),
    leftSeq: row.leftSeq === null ? null : Number(row.leftSeq),
    deliveredSeq: Number(row.deliveredSeq),
    readSeq: Number(row.readSeq),
  };
}

function timeOf(date: Date | null): number | null {
  return date?.getTime() ?? null;
}

/** @param recordOf null: the row is not this user's after all */
function portion<Row>(
  rows: readonly Row[],
  recordOf: (row: Row) => StoredRecord | null,
  placeOf: (row: Row) => readonly string[],
): Portion {
  const last = rows.length < rowsAtOnce ? undefined : rows.at(-1);
  return {
    records: rows.map(recordOf).filter((record) => record !== null),
    next: last === undefined ? null : placeOf(last),
  };
}
