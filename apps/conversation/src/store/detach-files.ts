import type { Transaction } from '#platform/database/database.js';

/**
 * Takes the files from the events of a conversation from `first` up to before `end`: from now on they are housekeeping's,
 * unless another event carries them.
 */
export async function detachFiles(
  transaction: Transaction,
  conversationKey: bigint,
  { first, end }: { readonly first: number | bigint; readonly end: number | bigint },
): Promise<void> {
  await transaction.$executeRaw`
    WITH detached AS (
      DELETE FROM conversation.event_file
      WHERE conversation_key = ${conversationKey} AND seq >= ${first} AND seq < ${end}
      RETURNING file_id
    )
    UPDATE conversation.file SET due_at = now()
    WHERE id = ANY(ARRAY(SELECT detached.file_id FROM detached))`;
}
