import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { Hook, updateHook } from '#contracts/hooks/registration.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';
import { hookView } from './hook-view.js';
import { ownHook } from './own-hook.js';

@Injectable()
export class UpdateHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly outgoing: OutgoingHttp,
  ) {}

  /**
   * Answers when every operation that begins from now on goes by it.
   *
   * @throws HooklineError hook_not_found, hook_of_server, address_not_allowed
   */
  async update({ applicationId, hookId, change }: z.output<typeof updateHook.question>): Promise<Hook> {
    const address = change.url === undefined ? 'allowed' : await this.outgoing.checkUrl(change.url);
    const { version, outcome } = await this.registry.change(async (transaction) => {
      const former = await ownHook(this.hooks, transaction, applicationId, hookId);
      if (address !== 'allowed') throw new HooklineError(address);
      return hookView((await this.hooks.update(transaction, applicationId, hookId, change)) ?? former);
    });
    await this.change.announce(applicationId, version);
    return outcome;
  }
}
