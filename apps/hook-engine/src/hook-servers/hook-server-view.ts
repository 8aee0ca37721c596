import {
  leanEngineCredentials,
  type HookServer,
  type LeanEngineCredentials,
} from '#contracts/hooks/servers.js';
import type { Sealing } from '#platform/security/sealing.js';
import { hookNamesOf } from '../leanengine/engine-hooks.port.js';
import type { StoredHookServer } from '../store/hook-servers.store.js';

export function credentialsOf(
  sealing: Sealing,
  { credentialsSealed }: StoredHookServer,
): LeanEngineCredentials {
  return leanEngineCredentials.parse(JSON.parse(sealing.open(credentialsSealed)));
}

/** A hook server as its owner sees it: without its keys. */
export function hookServerView(
  server: StoredHookServer,
  { applicationId }: LeanEngineCredentials,
): HookServer {
  const { id, url, sendLegacySign, position, deadline, failurePolicy, enabled } = server;
  return {
    id,
    protocol: 'leanengine',
    url,
    credentials: { applicationId },
    sendLegacySign,
    position,
    deadline,
    failurePolicy,
    enabled,
    deployed: hookNamesOf(server.functions),
    lastRefreshedAt: server.refreshedAt?.getTime() ?? null,
    lastError: server.lastError,
    refusedSince: server.refusedSince?.getTime() ?? null,
    runtime: server.runtime,
    version: server.version,
    createdAt: server.createdAt.getTime(),
  };
}
