import { HooklineError } from '#contracts/errors.js';
import type { Transaction } from '#platform/database/database.js';

/**
 * Until the transaction ends the application is not deleted: what it stores is there before the removal of everything
 * begins. Hinders nobody else.
 *
 * @throws HooklineError unauthenticated: it is deleted, and with it the credentials of whoever asks
 */
export async function keepApplication(transaction: Transaction, applicationId: string): Promise<void> {
  const living = await transaction.$queryRaw<unknown[]>`
    SELECT FROM conversation.application WHERE id = ${applicationId} AND deleted_at IS NULL FOR KEY SHARE`;
  if (living.length === 0) throw new HooklineError('unauthenticated');
}
