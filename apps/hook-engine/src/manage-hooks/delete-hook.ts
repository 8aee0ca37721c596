import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';

@Injectable()
export class DeleteHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
  ) {}

  /** @throws HooklineError hook_not_found */
  async delete(applicationId: string, hookId: string): Promise<void> {
    const { version } = await this.registry.change(async (transaction) => {
      const existed = await this.hooks.delete(transaction, applicationId, hookId);
      if (!existed) throw new HooklineError('hook_not_found');
    });
    await this.change.announce(applicationId, version);
  }
}
