import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import { Prisma } from '#prisma/client.js';

/** What of a token decides whether it counts. */
export interface Token {
  readonly id: string | null;
  /** ms. */
  readonly issuedAt: number;
}

const sweptAtOnce = 5_000;

/** Whether a token of the row `holder` of "user" does not count any more. Without a token there is nothing to revoke. */
export function isRevoked(token: Token | null): Prisma.Sql {
  if (token === null) return Prisma.sql`false`;
  return Prisma.sql`(
    coalesce(holder.tokens_valid_from > ${new Date(token.issuedAt)}::timestamptz, false)
    OR EXISTS (
      SELECT FROM conversation.revoked_token
      WHERE revoked_token.application_id = holder.application_id AND revoked_token.user_id = holder.id
        AND revoked_token.token_id = ${token.id}::text))`;
}

/**
 * Which tokens do not count any more. Whoever opens, refreshes or ends sessions of a user, or revokes its tokens, locks the
 * user's row first and decides in the next statement: so nobody opens a session with what is being revoked.
 */
@Injectable()
export class TokensStore {
  constructor(private readonly database: Database) {}

  /** @returns the version of the user's conversation list; null: there is no such user, or not any more */
  async lockUser(queries: Queries, applicationId: string, userId: string): Promise<number | null> {
    const [row] = await queries.$queryRaw<{ listVersion: number }[]>`
      SELECT list_version AS "listVersion" FROM conversation."user"
      WHERE application_id = ${applicationId} AND id = ${userId} AND deleted_at IS NULL
      FOR NO KEY UPDATE`;
    return row?.listVersion ?? null;
  }

  /** @returns when a token that is minted now is issued; null: there is no such user */
  async issue(applicationId: string, userId: string): Promise<Date | null> {
    const [row] = await this.database.queries.$queryRaw<{ issuedAt: Date }[]>`
      SELECT greatest(now(), tokens_valid_from) AS "issuedAt" FROM conversation."user"
      WHERE application_id = ${applicationId} AND id = ${userId} AND deleted_at IS NULL`;
    return row?.issuedAt ?? null;
  }

  async isRevoked(applicationId: string, userId: string, token: Token): Promise<boolean> {
    const [row] = await this.database.queries.$queryRaw<{ isRevoked: boolean }[]>`
      SELECT holder.deleted_at IS NOT NULL OR ${isRevoked(token)} AS "isRevoked"
      FROM conversation."user" AS holder
      WHERE holder.application_id = ${applicationId} AND holder.id = ${userId}`;
    return row?.isRevoked ?? false;
  }

  /** Under the user's lock. @param expiresAt null: nobody knows */
  async revoke(
    transaction: Transaction,
    token: {
      readonly applicationId: string;
      readonly userId: string;
      readonly tokenId: string;
      readonly expiresAt: Date | null;
    },
  ): Promise<void> {
    const { applicationId, userId, tokenId, expiresAt } = token;
    await transaction.$executeRaw`
      INSERT INTO conversation.revoked_token (application_id, user_id, token_id, expires_at)
      VALUES (${applicationId}, ${userId}, ${tokenId}, ${expiresAt}::timestamptz)
      ON CONFLICT DO NOTHING`;
  }

  /**
   * Under the user's lock. Claims have whole seconds: what is issued later in this second is told to have been issued in
   * the next (`issue`), so that nothing that was issued before stays valid.
   */
  async revokeAll(transaction: Transaction, applicationId: string, userId: string): Promise<void> {
    await transaction.$executeRaw`
      UPDATE conversation."user"
      SET tokens_valid_from = greatest(tokens_valid_from, date_trunc('second', clock_timestamp()) + interval '1 second')
      WHERE application_id = ${applicationId} AND id = ${userId}`;
  }

  /** Deletes a portion of what has expired; clocks of those who accept tokens may differ a little. @returns how many */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.revoked_token
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM conversation.revoked_token WHERE expires_at < now() - interval '1 hour' LIMIT ${sweptAtOnce}
      ))`;
  }
}
