import { Injectable } from '@nestjs/common';
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
    const { position, deadline, failurePolicy, enabled } = server;
    const shared = {
      applicationId,
      protocol: 'leanengine',
      createdAt,
      position,
      deadline,
      failurePolicy,
      enabled,
    } as const;
    const access: EngineAccess = {
      ...credentialsOf(this.sealing, server),
      legacySign: server.sendLegacySign ?? server.wantsLegacySign,
    };
    const secretSealed = this.sealing.seal(JSON.stringify(access));
    const hooks = engineHooksOf(serverId, url, functions).map((hook) => ({
      ...hook,
      ...shared,
      secretSealed,
    }));
    await this.servers.setHooks(transaction, serverId, hooks);
  }
}
