import type { Hook } from '#contracts/hooks/registration.js';
import type { StoredHook } from '../store/hooks.store.js';

/** A hook as its owner sees it: without its secret, which is shown only once. */
export function hookView({
  id,
  name,
  protocol,
  serverId,
  url,
  position,
  deadline,
  failurePolicy,
  enabled,
  createdAt,
}: StoredHook): Hook {
  return {
    id,
    name,
    protocol,
    serverId,
    url,
    position,
    deadline,
    failurePolicy,
    enabled,
    createdAt: createdAt.getTime(),
  };
}
