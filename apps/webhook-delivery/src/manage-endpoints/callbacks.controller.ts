import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { setCallback } from '#contracts/webhooks/callbacks.js';
import { Answers } from '#platform/bus/answers.js';
import { SetCallback } from './set-callback.js';

@Controller()
export class CallbacksController {
  constructor(private readonly callback: SetCallback) {}

  @Answers(setCallback)
  async set(question: z.output<typeof setCallback.question>): Promise<object> {
    await this.callback.set(question);
    return {};
  }
}
