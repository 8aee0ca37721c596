import { HooklineError } from '#contracts/errors.js';
import type { Transaction } from '#platform/database/database.js';
import type { HooksStore, StoredHook } from '../store/hooks.store.js';

/**
 * A hook that its owner has registered: others belong to a hook server, which would bring them back as they were.
 *
 * @throws HooklineError hook_not_found, hook_of_server
 */
export async function ownHook(
  hooks: HooksStore,
  transaction: Transaction,
  applicationId: string,
  hookId: string,
): Promise<StoredHook> {
  const hook = await hooks.findOf(applicationId, hookId, transaction);
  if (hook === null) throw new HooklineError('hook_not_found');
  if (hook.serverId !== null) throw new HooklineError('hook_of_server');
  return hook;
}
