import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { HookName } from '#contracts/hooks/names.js';
import type { ServerHookSettings } from '#contracts/hooks/registration.js';
import type { Transaction } from '#platform/database/database.js';
import { HookServersStore } from '../store/hook-servers.store.js';
import { ServerHooks } from './server-hooks.js';

interface HookOfServer {
  readonly applicationId: string;
  readonly serverId: string;
  readonly name: HookName;
}

/** Sets something of one hook of a server alone. */
@Injectable()
export class ChangeServerHook {
  constructor(
    private readonly servers: HookServersStore,
    private readonly hooks: ServerHooks,
  ) {}

  /** Inside a change of the registry. What `settings` does not name stays as it is. @throws HooklineError hook_not_found */
  async change(
    transaction: Transaction,
    { applicationId, serverId, name }: HookOfServer,
    settings: ServerHookSettings,
  ): Promise<void> {
    const server = await this.servers.lock(transaction, applicationId, serverId);
    // Removed by somebody else, with its hooks.
    if (server === null) throw new HooklineError('hook_not_found');
    const changed = { ...server.hookSettings, [name]: { ...server.hookSettings[name], ...settings } };
    await this.hooks.write(transaction, await this.servers.setHookSettings(transaction, serverId, changed));
  }
}
