import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { describeHooks, renewHookRegistry, type HookName } from '#contracts/hooks.js';
import { Answers } from '#platform/bus/answers.js';
import { RegistryStore } from '../store/registry.store.js';

/** Tells conversation replicas which operations have to wait for hooks. */
@Controller()
export class RegistryController {
  constructor(private readonly registry: RegistryStore) {}

  @Answers(describeHooks)
  async describe({
    applicationId,
  }: z.output<typeof describeHooks.question>): Promise<z.output<typeof describeHooks.answer>> {
    const { version, names } = await this.registry.describe(applicationId);
    return { version, blocking: names.filter(isBlocking) };
  }

  /** One replica answers; all of them hear who asks (`RegistryChange`). */
  @Answers(renewHookRegistry)
  async renew(): Promise<z.output<typeof renewHookRegistry.answer>> {
    return { version: await this.registry.version() };
  }
}

function isBlocking(name: HookName): boolean {
  switch (name) {
    case 'messageReceived':
      return true;
    case 'messageSent':
      return false;
  }
}
