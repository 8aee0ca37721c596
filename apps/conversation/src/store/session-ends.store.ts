import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { SessionView } from '#contracts/session-ends.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { endChosen, gatewayLives, logChange } from './sessions.store.js';

/** Why a session was ended by others than its gateway. */
export type ForeignEnd = 'kicked' | 'revoked';

/** Which sessions of a user. */
export type ChosenSessions =
  | { readonly of: 'all' }
  | { readonly of: 'token'; readonly tokenId: string }
  /** Under tokens that do not count any more; those that have none stay. */
  | { readonly of: 'revoked_tokens' };

export interface EndedSession {
  readonly sessionId: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly reason: string;
  readonly detail: string | null;
}

/** Sessions that one answer to a gateway holds. */
const endedAtOnce = 1_000;

/** Sessions that others than their gateways end; what their gateways have not been told yet is marked in their rows. */
@Injectable()
export class SessionEndsStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work);
  }

  /** Of gateways that live, oldest first. */
  async list(applicationId: string, userId: string): Promise<SessionView[]> {
    const rows = await this.database.queries.$queryRaw<
      (Omit<SessionView, 'connectedAt'> & { connectedAt: Date })[]
    >`
      SELECT id::text AS "sessionId", user_id AS "userId", dialect, tag, address, connected_at AS "connectedAt"
      FROM conversation.session
      WHERE application_id = ${applicationId} AND user_id = ${userId} AND closed_at IS NULL AND ${gatewayLives}
      ORDER BY connected_at, id
      LIMIT ${10 * limits.sessionsPerUser}`;
    return rows.map((row) => ({ ...row, connectedAt: row.connectedAt.getTime() }));
  }

  /** @param userId null: whoever's it is. @returns null when it is not open */
  async end(
    applicationId: string,
    userId: string | null,
    sessionId: string,
    detail: string | null,
  ): Promise<EndedSession | null> {
    const [ended] = await this.endWhere(
      this.database.client,
      Prisma.sql`session.id = ${sessionId}::uuid AND session.application_id = ${applicationId}
        AND (${userId}::text IS NULL OR session.user_id = ${userId}::text)`,
      'kicked',
      detail,
    );
    return ended ?? null;
  }

  /** Under the user's lock: two at once would wait for each other's rows. */
  async endOf(
    transaction: Transaction,
    user: { readonly applicationId: string; readonly userId: string },
    chosen: ChosenSessions,
    reason: ForeignEnd,
    detail: string | null,
  ): Promise<EndedSession[]> {
    const { applicationId, userId } = user;
    const ofUser = Prisma.sql`session.application_id = ${applicationId} AND session.user_id = ${userId}`;
    return this.endWhere(transaction, Prisma.sql`${ofUser} AND ${which(chosen)}`, reason, detail);
  }

  /** A portion of all open ones of an application; waits for nobody, so that what is locked is left for the next time. */
  async endOfApplication(applicationId: string, detail: string): Promise<EndedSession[]> {
    return this.endWhere(
      this.database.client,
      Prisma.sql`session.id = ANY (ARRAY(
        SELECT id FROM conversation.session
        WHERE application_id = ${applicationId} AND closed_at IS NULL
        LIMIT ${endedAtOnce} FOR UPDATE SKIP LOCKED
      ))`,
      'revoked',
      detail,
    );
  }

  /** What this gateway has to end, apart from what it has been told already: that is answered no more. */
  untold(incarnation: string, told: readonly string[]): Promise<EndedSession[]> {
    return this.database.queries.$queryRaw<EndedSession[]>`
      WITH told AS (
        UPDATE conversation.session SET is_untold = false
        WHERE id = ANY (${[...told]}::uuid[]) AND incarnation = ${incarnation}::uuid AND is_untold
      )
      SELECT ${endedColumns} FROM conversation.session
      WHERE incarnation = ${incarnation}::uuid AND is_untold AND id <> ALL (${[...told]}::uuid[])
      LIMIT ${endedAtOnce}`;
  }

  private endWhere(
    transaction: Pick<Transaction, '$queryRaw'>,
    condition: Prisma.Sql,
    reason: ForeignEnd,
    detail: string | null,
  ): Promise<EndedSession[]> {
    return transaction.$queryRaw<EndedSession[]>`
      WITH chosen AS MATERIALIZED (
        SELECT session.id, ${gatewayLives} AS is_living FROM conversation.session
        WHERE ${condition} AND session.closed_at IS NULL
      ), ended AS (
        ${endChosen(reason, detail)}
        FROM chosen WHERE session.id = chosen.id AND session.closed_at IS NULL
        RETURNING session.*
      ), logged AS (
        ${logChange} FROM ended
      )
      SELECT ${endedColumns} FROM ended`;
  }
}

const endedColumns = Prisma.sql`id::text AS "sessionId", application_id AS "applicationId", user_id AS "userId",
  closed_reason::text AS reason, closed_detail AS detail`;

function which(chosen: ChosenSessions): Prisma.Sql {
  switch (chosen.of) {
    case 'all':
      return Prisma.sql`true`;
    case 'token':
      return Prisma.sql`session.token_id = ${chosen.tokenId}`;
    case 'revoked_tokens':
      return Prisma.sql`session.token_issued_at < (
        SELECT tokens_valid_from FROM conversation."user" AS holder
        WHERE holder.application_id = session.application_id AND holder.id = session.user_id)`;
  }
}
