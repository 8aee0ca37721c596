import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { ConnectionError } from '#domain/sessions/close-code.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { cursorOfFirstLogin, headOfBroadcasts } from './broadcast-cursors.store.js';
import { isLiving } from './leases.store.js';
import { isRevoked, TokensStore, type Token } from './tokens.store.js';

export interface SessionIdentity {
  readonly sessionId: string;
  readonly incarnation: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly dialect: string;
  readonly address: string | null;
}

/** A session that is about to be opened. */
export interface NewSession extends SessionIdentity {
  readonly tag: string | null;
  readonly token: Token | null;
  /** The client says that it resumes what it had before. */
  readonly reconnect?: boolean | undefined;
}

/** What a gateway says of its own sessions. */
export interface SessionEnd {
  readonly reason: 'closed' | 'lost' | 'stopped' | 'fenced' | 'expired';
  /** By which the connection was lost. */
  readonly error?: ConnectionError | null | undefined;
}

export type Opening =
  /** With the sessions that had its tag. */
  | {
      readonly kind: 'open';
      readonly listVersion: number;
      readonly replaced: readonly string[];
      /** Up to which broadcast the user was given all, and the last that there is. */
      readonly broadcasts: { readonly cursor: number; readonly head: number };
    }
  | {
      readonly kind: 'refused';
      readonly why: 'user_not_found' | 'token_revoked' | 'too_many_sessions' | 'service_unavailable';
    };

/** One that a gateway has left open. */
export interface LostSession {
  readonly applicationId: string;
  readonly userId: string;
  readonly connectedAt: Date;
}

const closeAtOnce = 1_000;
const sweptAtOnce = 5_000;
/** Longer than any question can be on its way: an opening that comes later than this finds no closed session any more. */
const closedRetention = Prisma.sql`interval '1 hour'`;
const changeRetention = Prisma.sql`interval '7 days'`;

/** What the statements that open and close write into the log, `FROM` the sessions that they have changed. */
export const logChange = Prisma.sql`
  INSERT INTO conversation.session_change
    (session_id, epoch, kind, reason, detail, incarnation, application_id, user_id, dialect, tag, address, reconnect, at)
  SELECT id, epoch,
    CASE WHEN closed_at IS NULL THEN 'online' ELSE 'offline' END::conversation.session_change_kind,
    closed_reason, closed_detail, incarnation, application_id, user_id, dialect, tag, address, reconnect,
    coalesce(closed_at, connected_at)`;

/** Whether the gateway of a row of session lives. The limit keeps PostgreSQL from reading all leases instead. */
export const gatewayLives = Prisma.sql`coalesce((
  SELECT true FROM conversation.gateway_lease AS lease
  WHERE lease.incarnation = session.incarnation AND ${isLiving}
  LIMIT 1), false)`;

/**
 * Ends sessions for somebody else than their gateway, which is to be told: the rows `chosen` (id, is_living) of what
 * follows. Whoever was lost with its gateway is still lost, and will be notified of what was missed.
 */
export function endChosen(reason: 'kicked' | 'replaced' | 'revoked', detail: string | null): Prisma.Sql {
  return Prisma.sql`
    UPDATE conversation.session AS session
    SET epoch = session.epoch + 1, closed_at = greatest(now(), session.connected_at), is_untold = true,
      closed_reason = CASE WHEN chosen.is_living THEN ${reason} ELSE 'lease_lost' END::conversation.session_end,
      closed_detail = ${detail}::text`;
}

/**
 * Connected clients. A session is opened once and closed once, each by one statement that also writes the log; whichever
 * comes first decides, because a closing that finds no session leaves a closed one behind.
 */
@Injectable()
export class SessionsStore {
  constructor(
    private readonly database: Database,
    private readonly tokens: TokensStore,
  ) {}

  /**
   * Opens it, and closes the one that had its tag. Refused when it has been closed before or its lease is void, when its
   * token does not count any more, and when the user has too many; nothing is stored then. Sessions of gateways that are
   * gone count for nothing.
   */
  async open(session: NewSession): Promise<Opening> {
    const { applicationId, userId } = session;
    // The user's lock first: openings, revocations and endings of one user come one after the other.
    const [listVersion, verdict] = await this.database.transact((transaction) =>
      Promise.all([
        this.tokens.lockUser(transaction, applicationId, userId),
        transaction.andCommit.$queryRaw<OpeningRow[]>(openingOf(session)).then(([row]) => row),
      ]),
    );
    if (verdict === undefined || listVersion === null) return { kind: 'refused', why: 'user_not_found' };
    if (verdict.isOpen) {
      const broadcasts = { cursor: Number(verdict.cursor), head: Number(verdict.head) };
      return { kind: 'open', listVersion, replaced: verdict.replaced, broadcasts };
    }
    if (verdict.isRevoked) return { kind: 'refused', why: 'token_revoked' };
    const isFull = verdict.isPossible && verdict.isFull;
    return { kind: 'refused', why: isFull ? 'too_many_sessions' : 'service_unavailable' };
  }

  /** Another token decides from now on. */
  async refresh({
    applicationId,
    userId,
    sessionId,
    token,
  }: {
    readonly applicationId: string;
    readonly userId: string;
    readonly sessionId: string;
    readonly token: Token;
  }): Promise<'refreshed' | 'token_revoked' | 'session_not_found'> {
    const [, [row]] = await this.database.transact((transaction) =>
      Promise.all([
        this.tokens.lockUser(transaction, applicationId, userId),
        transaction.andCommit.$queryRaw<{ isRefreshed: boolean; isRevoked: boolean }[]>`
          WITH holder AS (
            SELECT ${isRevoked(token)} AS is_revoked FROM conversation."user" AS holder
            WHERE holder.application_id = ${applicationId} AND holder.id = ${userId} AND holder.deleted_at IS NULL
          ), refreshed AS (
            UPDATE conversation.session
            SET token_id = ${token.id}::text, token_issued_at = ${new Date(token.issuedAt)}::timestamptz
            FROM holder
            WHERE session.id = ${sessionId}::uuid AND session.application_id = ${applicationId}
              AND session.user_id = ${userId} AND session.closed_at IS NULL AND NOT holder.is_revoked
            RETURNING session.id
          )
          SELECT EXISTS (SELECT FROM refreshed) AS "isRefreshed", is_revoked AS "isRevoked" FROM holder`,
      ]),
    );
    if (row?.isRefreshed === true) return 'refreshed';
    return row?.isRevoked === true ? 'token_revoked' : 'session_not_found';
  }

  /** Safe to repeat, and before the opening. */
  async close(session: SessionIdentity, { reason, error = null }: SessionEnd): Promise<void> {
    const { sessionId, incarnation, applicationId, userId, dialect, address } = session;
    await this.database.client.$executeRaw`
      WITH closed AS (
        INSERT INTO conversation.session AS session
          (id, incarnation, application_id, user_id, dialect, address, epoch, closed_at, closed_reason, closed_detail)
        VALUES (${sessionId}::uuid, ${incarnation}::uuid, ${applicationId}, ${userId}, ${dialect}, ${address}::text, 0,
          now(), ${reason}::conversation.session_end, ${error}::text)
        ON CONFLICT (id) DO UPDATE SET epoch = session.epoch + 1, closed_reason = excluded.closed_reason,
            closed_detail = excluded.closed_detail, closed_at = greatest(excluded.closed_at, session.connected_at)
          WHERE session.closed_at IS NULL
        RETURNING *
      )
      ${logChange} FROM closed WHERE epoch > 0`;
  }

  /** Closes a portion of what a void lease has left open. @returns whose sessions they were, and since when */
  async closeLost(incarnation: string): Promise<LostSession[]> {
    return this.database.client.$queryRaw<LostSession[]>`
      WITH lost AS (
        SELECT id FROM conversation.session
        WHERE incarnation = ${incarnation}::uuid AND closed_at IS NULL
        LIMIT ${closeAtOnce}
        FOR UPDATE SKIP LOCKED
      ), closed AS (
        UPDATE conversation.session AS session SET epoch = session.epoch + 1, closed_reason = 'lease_lost',
          closed_at = greatest(now(), session.connected_at)
        -- As a list: joined with them, all sessions may be read, however few are lost.
        WHERE session.id = ANY (ARRAY(SELECT lost.id FROM lost))
        RETURNING session.*
      ), logged AS (
        ${logChange} FROM closed
      )
      SELECT application_id AS "applicationId", user_id AS "userId", connected_at AS "connectedAt" FROM closed`;
  }

  /** Deletes a portion of what is over; answers how many rows went. */
  async sweep(): Promise<number> {
    // Who was lost with a gateway is kept until it is settled what they missed.
    const sessions = await this.database.client.$executeRaw`
      DELETE FROM conversation.session
      WHERE id = ANY (ARRAY(
        SELECT id FROM conversation.session
        WHERE closed_at < now() - ${closedRetention} AND (
          SELECT true FROM conversation.gateway_lease AS lease
          WHERE lease.incarnation = session.incarnation AND lease.settled_at IS NULL
            AND session.closed_reason IN ('fenced', 'lease_lost')
          LIMIT 1
        ) IS NULL
        LIMIT ${sweptAtOnce}
      ))`;
    const changes = await this.database.client.$executeRaw`
      DELETE FROM conversation.session_change
      WHERE number = ANY (ARRAY(
        SELECT number FROM conversation.session_change WHERE at < now() - ${changeRetention} LIMIT ${sweptAtOnce}
      ))`;
    return sessions + changes + (await this.tokens.sweep());
  }

  async listVersion(applicationId: string, userId: string): Promise<number | null> {
    const row = await this.database.client.user.findUnique({
      where: { applicationId_id: { applicationId, id: userId } },
      select: { listVersion: true },
    });
    return row?.listVersion ?? null;
  }

  /** Which of these users' conversation lists have another version. */
  async staleUsers(
    users: readonly { applicationId: string; userId: string; listVersion: number }[],
  ): Promise<{ applicationId: string; userId: string }[]> {
    return this.database.client.$queryRaw<{ applicationId: string; userId: string }[]>`
      SELECT known.application_id AS "applicationId", known.user_id AS "userId"
      FROM unnest(
        ${users.map((user) => user.applicationId)}::text[],
        ${users.map((user) => user.userId)}::text[],
        ${users.map((user) => user.listVersion)}::int[]
      ) AS known(application_id, user_id, list_version)
      JOIN conversation."user" AS current ON current.application_id = known.application_id AND current.id = known.user_id
      WHERE current.list_version <> known.list_version`;
  }
}

interface OpeningRow {
  readonly isRevoked: boolean;
  /** The session was not closed before, and its gateway lives. */
  readonly isPossible: boolean;
  readonly isFull: boolean;
  readonly isOpen: boolean;
  readonly replaced: string[];
  readonly cursor: bigint;
  readonly head: bigint;
}

/** Under the user's lock; answers no row when there is no such user. */
function openingOf({
  sessionId,
  incarnation,
  applicationId,
  userId,
  dialect,
  address,
  tag,
  token,
  reconnect = false,
}: NewSession): Prisma.Sql {
  // The lease's lock keeps the reaper from declaring it void in between, and hinders no renewal. A closing of the new
  // session that comes between its look-up and its insertion leaves it closed, as if it had been open for a moment.
  return Prisma.sql`
    WITH lease AS (
      SELECT incarnation FROM conversation.gateway_lease AS lease
      WHERE incarnation = ${incarnation}::uuid AND ${isLiving}
      FOR KEY SHARE
    ), other AS MATERIALIZED (
      SELECT session.id, session.tag = ${tag}::text AS has_tag, ${gatewayLives} AS is_living
      FROM conversation.session
      WHERE session.application_id = ${applicationId} AND session.user_id = ${userId} AND session.closed_at IS NULL
        AND session.id <> ${sessionId}::uuid
    ), verdict AS MATERIALIZED (
      SELECT ${isRevoked(token)} AS is_revoked,
        EXISTS (SELECT FROM lease)
          AND NOT EXISTS (SELECT FROM conversation.session WHERE session.id = ${sessionId}::uuid) AS is_possible,
        (SELECT count(*) FROM other WHERE is_living AND has_tag IS NOT TRUE) >= ${limits.sessionsPerUser} AS is_full,
        holder.broadcast_cursor
      FROM conversation."user" AS holder
      WHERE holder.application_id = ${applicationId} AND holder.id = ${userId} AND holder.deleted_at IS NULL
    ), admitted AS (
      SELECT FROM verdict WHERE is_possible AND NOT is_revoked AND NOT is_full
    ), chosen AS (
      SELECT other.id, other.is_living FROM other, admitted WHERE has_tag
    ), replaced AS (
      ${endChosen('replaced', null)}
      FROM chosen WHERE session.id = chosen.id AND session.closed_at IS NULL
      RETURNING session.*
    ), opened AS (
      INSERT INTO conversation.session
        (id, incarnation, application_id, user_id, dialect, address, tag, token_id, token_issued_at, reconnect, epoch)
      SELECT ${sessionId}::uuid, incarnation, ${applicationId}, ${userId}, ${dialect}, ${address}::text, ${tag}::text,
        ${token?.id ?? null}::text, ${token === null ? null : new Date(token.issuedAt)}::timestamptz, ${reconnect}, 1
      -- Counted, so that the tag is free before it is taken.
      FROM lease, admitted WHERE (SELECT count(*) FROM replaced) >= 0
      ON CONFLICT (id) DO NOTHING
      RETURNING *
    ), logged AS (
      ${logChange} FROM (SELECT * FROM replaced UNION ALL SELECT * FROM opened) AS changed
    ), first_login AS (
      UPDATE conversation."user" AS holder SET broadcast_cursor = ${cursorOfFirstLogin(applicationId)}
      WHERE holder.application_id = ${applicationId} AND holder.id = ${userId} AND holder.broadcast_cursor IS NULL
        AND EXISTS (SELECT FROM opened)
      RETURNING holder.broadcast_cursor
    )
    SELECT is_revoked AS "isRevoked", is_possible AS "isPossible", is_full AS "isFull",
      EXISTS (SELECT FROM opened) AS "isOpen", ARRAY(SELECT id::text FROM replaced) AS replaced,
      coalesce(broadcast_cursor, (SELECT first_login.broadcast_cursor FROM first_login), 0) AS cursor,
      ${headOfBroadcasts(applicationId)} AS head
    FROM verdict`;
}
