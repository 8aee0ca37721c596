import type { Hook, HookCircuit } from '#contracts/hooks/registration.js';
import type { StoredHook } from '../store/hooks.store.js';

/** A hook as its owner sees it: without its secret, which is shown only once. */
export function hookView(hook: StoredHook, circuit: HookCircuit): Hook {
  const { id, name, protocol, serverId, url, position, deadline, failurePolicy, enabled } = hook;
  const { attribute, concurrency, mode, createdAt } = hook;
  return {
    ...{ id, name, protocol, serverId, url, position, deadline, failurePolicy, enabled },
    ...{ kinds: [...hook.kinds], attribute, concurrency, mode },
    recordContentsUntil: hook.recordContentsUntil?.getTime() ?? null,
    ...{ circuit, createdAt: createdAt.getTime() },
  };
}
