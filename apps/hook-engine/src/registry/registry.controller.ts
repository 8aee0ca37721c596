import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { describeHooks, renewHookRegistry } from '#contracts/hooks/registry.js';
import { Answers } from '#platform/bus/answers.js';
import { RegistryStore } from '../store/registry.store.js';

/** Tells conversation replicas which operations have to wait for hooks. */
@Controller()
export class RegistryController {
  constructor(private readonly registry: RegistryStore) {}

  @Answers(describeHooks)
  describe({
    applicationId,
  }: z.output<typeof describeHooks.question>): Promise<z.output<typeof describeHooks.answer>> {
    return this.registry.describe(applicationId);
  }

  /** One replica answers; all of them hear who asks (`RegistryChange`). */
  @Answers(renewHookRegistry)
  async renew(): Promise<z.output<typeof renewHookRegistry.answer>> {
    return { version: await this.registry.version() };
  }
}
