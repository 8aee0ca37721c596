import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ApplicationKey } from '#contracts/applications.js';
import { Database, type Transaction } from '#platform/database/database.js';

export interface FormerKeyRow {
  readonly kind: ApplicationKey;
  readonly sealed: string;
  /** How long it is valid from now on (ms). */
  readonly validFor: number;
}

const columns = {
  masterKey: 'masterKeySealed',
  tokenSecret: 'tokenSecretSealed',
  appKey: 'appKeySealed',
  hookKey: 'hookKeySealed',
} as const satisfies Record<ApplicationKey, string>;

/** Keys that are replaced by new ones, and how long they stay valid. All times are the database's. */
@Injectable()
export class ApplicationKeysStore {
  constructor(private readonly database: Database) {}

  /**
   * Gives an application a new key; the present one stays valid for `overlap` ms. Rotations of one application follow one
   * another: its row is locked.
   *
   * @returns until when the former key is valid; null: there is no such application
   */
  async rotate(
    transaction: Transaction,
    applicationId: string,
    kind: ApplicationKey,
    { sealed, overlap }: { readonly sealed: string; readonly overlap: number },
  ): Promise<Date | null> {
    const [present] = await transaction.$queryRaw<{ validUntil: Date }[]>`
      SELECT statement_timestamp() + ${overlap}::float8 * interval '1 millisecond' AS "validUntil"
      FROM conversation.application WHERE id = ${applicationId} AND deleted_at IS NULL
      FOR NO KEY UPDATE`;
    if (present === undefined) return null;
    const { validUntil } = present;
    const column = columns[kind];
    const { [column]: former } = await transaction.application.findUniqueOrThrow({
      where: { id: applicationId },
    });
    if (overlap > 0)
      await transaction.applicationFormerKey.create({
        data: { id: uuidv7(), applicationId, kind, sealed: former, validUntil },
      });
    // What a former rotation has left for longer ends with it: whoever rotates without overlap wants the key gone.
    else await transaction.applicationFormerKey.deleteMany({ where: { applicationId, kind } });
    await transaction.application.update({ where: { id: applicationId }, data: { [column]: sealed } });
    return validUntil;
  }

  /** Former keys that are still valid. */
  former(applicationId: string): Promise<FormerKeyRow[]> {
    return this.database.client.$queryRaw<FormerKeyRow[]>`
      SELECT kind::text AS kind, sealed,
        (extract(epoch FROM valid_until - statement_timestamp()) * 1000)::float8 AS "validFor"
      FROM conversation.application_former_key
      WHERE application_id = ${applicationId} AND valid_until > statement_timestamp()`;
  }

  /** Deletes a portion of those that are valid no more. @returns how many */
  sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.application_former_key
      WHERE id = ANY (ARRAY(
        SELECT id FROM conversation.application_former_key WHERE valid_until < now() ORDER BY valid_until LIMIT 1000
      ))`;
  }
}
