import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isLiving } from './leases.store.js';

export interface SessionIdentity {
  readonly sessionId: string;
  readonly incarnation: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly dialect: string;
  readonly address: string | null;
}

export type SessionEnd = 'closed' | 'stopped' | 'fenced' | 'lease_lost';

const closeAtOnce = 1_000;
const sweptAtOnce = 5_000;
/** Longer than any question can be on its way: an opening that comes later than this finds no closed session any more. */
const closedRetention = Prisma.sql`interval '1 hour'`;
const changeRetention = Prisma.sql`interval '7 days'`;

/** What the statements that open and close write into the log, `FROM` the sessions that they have changed. */
const logChange = Prisma.sql`
  INSERT INTO conversation.session_change
    (session_id, epoch, kind, reason, incarnation, application_id, user_id, dialect, tag, address, at)
  SELECT id, epoch,
    CASE WHEN closed_at IS NULL THEN 'online' ELSE 'offline' END::conversation.session_change_kind,
    closed_reason, incarnation, application_id, user_id, dialect, tag, address, coalesce(closed_at, connected_at)`;

/**
 * Connected clients. A session is opened once and closed once, each by one statement that also writes the log; whichever
 * comes first decides, because a closing that finds no session leaves a closed one behind.
 */
@Injectable()
export class SessionsStore {
  constructor(private readonly database: Database) {}

  /** @returns false when it has been closed before, or when the lease is void; nothing is stored then */
  async open(session: SessionIdentity): Promise<boolean> {
    const { sessionId, incarnation, applicationId, userId, dialect, address } = session;
    // The lock keeps the reaper from declaring the lease void in between, and hinders no renewal.
    const count = await this.database.client.$executeRaw`
      WITH lease AS (
        SELECT incarnation FROM conversation.gateway_lease AS lease
        WHERE incarnation = ${incarnation}::uuid AND ${isLiving}
        FOR KEY SHARE
      ), opened AS (
        INSERT INTO conversation.session (id, incarnation, application_id, user_id, dialect, address, epoch)
        SELECT ${sessionId}::uuid, incarnation, ${applicationId}, ${userId}, ${dialect}, ${address}::text, 1 FROM lease
        ON CONFLICT (id) DO NOTHING
        RETURNING *
      )
      ${logChange} FROM opened`;
    return count === 1;
  }

  /** Safe to repeat, and before the opening. */
  async close(session: SessionIdentity, reason: SessionEnd): Promise<void> {
    const { sessionId, incarnation, applicationId, userId, dialect, address } = session;
    await this.database.client.$executeRaw`
      WITH closed AS (
        INSERT INTO conversation.session AS session
          (id, incarnation, application_id, user_id, dialect, address, epoch, closed_at, closed_reason)
        VALUES (${sessionId}::uuid, ${incarnation}::uuid, ${applicationId}, ${userId}, ${dialect}, ${address}::text, 0,
          now(), ${reason}::conversation.session_end)
        ON CONFLICT (id) DO UPDATE SET epoch = session.epoch + 1, closed_reason = excluded.closed_reason,
            closed_at = greatest(excluded.closed_at, session.connected_at)
          WHERE session.closed_at IS NULL
        RETURNING *
      )
      ${logChange} FROM closed WHERE epoch > 0`;
  }

  /** Closes a portion of what a void lease has left open. @returns how many */
  async closeLost(incarnation: string): Promise<number> {
    return this.database.client.$executeRaw`
      WITH lost AS (
        SELECT id FROM conversation.session
        WHERE incarnation = ${incarnation}::uuid AND closed_at IS NULL
        LIMIT ${closeAtOnce}
        FOR UPDATE SKIP LOCKED
      ), closed AS (
        UPDATE conversation.session AS session SET epoch = session.epoch + 1, closed_reason = 'lease_lost',
          closed_at = greatest(now(), session.connected_at)
        FROM lost WHERE session.id = lost.id
        RETURNING session.*
      )
      ${logChange} FROM closed`;
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
    return sessions + changes;
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
