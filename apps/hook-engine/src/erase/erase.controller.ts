import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { eraseHooks } from '#contracts/erasure.js';
import { Answers } from '#platform/bus/answers.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { ErasureStore } from '../store/erasure.store.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';

/** Removes what deleted applications have here. */
@Controller()
export class EraseController {
  constructor(
    private readonly hooks: HooksStore,
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
    // A change of the registry concerns everybody's copies.
    if ((await this.hooks.list(applicationId)).length === 0) return 0;
    const { version, outcome } = await this.registry.change((transaction) =>
      this.hooks.deleteAll(transaction, applicationId),
    );
    await this.change.announce(applicationId, version);
    return outcome;
  }
}
