import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { eraseWebhooks } from '#contracts/erasure.js';
import { Answers } from '#platform/bus/answers.js';
import { RemovalsStore } from '../store/removals.store.js';

/** Removes what deleted applications have here. */
@Controller()
export class EraseController {
  constructor(private readonly removals: RemovalsStore) {}

  @Answers(eraseWebhooks)
  async erase({
    applicationId,
    conversationKeys,
  }: z.output<typeof eraseWebhooks.question>): Promise<z.output<typeof eraseWebhooks.answer>> {
    return { removed: await this.removals.erase(applicationId, conversationKeys) };
  }
}
