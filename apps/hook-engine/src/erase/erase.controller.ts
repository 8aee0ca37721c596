import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { eraseHooks } from '#contracts/erasure.js';
import { Answers } from '#platform/bus/answers.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { ErasureStore } from '../store/erasure.store.js';
import { HookServersStore } from '../store/hook-servers.store.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';

/** Removes what deleted applications have here. */
@Controller()
export class EraseController {
  constructor(
    private readonly hooks: HooksStore,
    private readonly servers: HookServersStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly erasure: ErasureStore,
  ) {}

  @Answers(eraseHooks)
  async erase({
    applicationId,
    conversationKeys,
  }: z.output<typeof eraseHooks.question>): Promise<z.output<typeof eraseHooks.answer>> {
    const hooks = await this.deleteHooks(applicationId);
    return { removed: hooks + (await this.erasure.erase(applicationId, conversationKeys)) };
  }

  private async deleteHooks(applicationId: string): Promise<number> {
    const [hooks, servers] = await Promise.all([
      this.hooks.list(applicationId),
      this.servers.list(applicationId),
    ]);
    // A change of the registry concerns everybody's copies.
    if (hooks.length + servers.length === 0) return 0;
    // By its hooks their work is found; what comes of it meanwhile finds no hook, and goes with what is done.
    const work = await this.erasure.eraseWorkFor(hooks.map(({ id }) => id));
    if (work > 0) return work;
    const { version, outcome } = await this.registry.change(async (transaction) => {
      const deleted = await this.hooks.deleteAll(transaction, applicationId);
      return deleted + (await this.servers.deleteAll(transaction, applicationId));
    });
    await this.change.announce(applicationId, version);
    return outcome;
  }
}
