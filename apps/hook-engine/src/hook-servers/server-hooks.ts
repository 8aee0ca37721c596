import { Injectable } from '@nestjs/common';
import type { HookName } from '#contracts/hooks/names.js';
import type { ServerHookSettings } from '#contracts/hooks/registration.js';
import { limits } from '#contracts/limits.js';
import type { Transaction } from '#platform/database/database.js';
import { Sealing } from '#platform/security/sealing.js';
import type { EngineAccess } from '../leanengine/engine-headers.port.js';
import { engineHooksOf } from '../leanengine/engine-hooks.port.js';
import { HookServersStore, type StoredHookServer } from '../store/hook-servers.store.js';
import { credentialsOf } from './hook-server-view.js';

/** Keeps a hook for each function that a server has said to have. */
@Injectable()
export class ServerHooks {
  constructor(
    private readonly servers: HookServersStore,
    private readonly sealing: Sealing,
  ) {}

  /** Inside a change of the registry. */
  async write(transaction: Transaction, server: StoredHookServer): Promise<void> {
    const { id: serverId, applicationId, url, functions, createdAt } = server;
    const access: EngineAccess = {
      ...credentialsOf(this.sealing, server),
      legacySign: server.sendLegacySign ?? server.wantsLegacySign,
    };
    // Another secret would be taken for another key, with which circuits and places begin anew.
    const former = await this.servers.sealedAccess(transaction, serverId);
    const secretSealed = this.sealing.sealOnce(JSON.stringify(access), former);
    const shared = { applicationId, protocol: 'leanengine', createdAt, secretSealed } as const;
    const hooks = engineHooksOf(serverId, url, functions).map((hook) => ({
      ...hook,
      ...shared,
      ...settingsOf(server, hook.name),
    }));
    await this.servers.setHooks(transaction, serverId, hooks);
  }
}

/** What is set of this hook alone goes before what is set of the server; but a server that is off has no hook that is on. */
function settingsOf(
  { position, deadline, failurePolicy, enabled, hookSettings }: StoredHookServer,
  name: HookName,
): Required<ServerHookSettings> {
  const own = hookSettings[name] ?? {};
  return {
    ...{ position, deadline, failurePolicy },
    ...{ kinds: [], attribute: null, concurrency: limits.hookConcurrencyDefault, mode: 'live' },
    ...own,
    enabled: enabled && (own.enabled ?? true),
  };
}
