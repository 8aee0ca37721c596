import { Injectable } from '@nestjs/common';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';
import { ownHook } from './own-hook.js';

@Injectable()
export class DeleteHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
  ) {}

  /** @throws HooklineError hook_not_found, hook_of_server */
  async delete(applicationId: string, hookId: string): Promise<void> {
    const { version } = await this.registry.change(async (transaction) => {
      await ownHook(this.hooks, transaction, applicationId, hookId);
      await this.hooks.delete(transaction, applicationId, hookId);
    });
    await this.change.announce(applicationId, version);
  }
}
