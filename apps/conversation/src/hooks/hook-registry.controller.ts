import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { hookRegistryChanged } from '#contracts/hooks/registry.js';
import { Answers } from '#platform/bus/answers.js';
import { HookRegistry } from './hook-registry.port.js';

/** Hears registrations, in every replica; the registration is answered when all have heard it. */
@Controller()
export class HookRegistryController {
  constructor(private readonly registry: HookRegistry) {}

  @Answers(hookRegistryChanged, { everyReplica: true })
  changed({
    version,
  }: z.output<typeof hookRegistryChanged.question>): z.output<typeof hookRegistryChanged.answer> {
    this.registry.changed(version);
    return { replica: this.registry.replica };
  }
}
