import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import type { MessageContent } from '#contracts/message-content.js';
import { runMessageReceivedHooks } from '#contracts/hooks.js';
import type { Verdict } from '#domain/hooks/verdict.js';
import { Answers } from '#platform/bus/answers.js';
import { RunMessageReceived } from './run-message-received.js';

@Controller()
export class RunHooksController {
  constructor(private readonly runMessageReceived: RunMessageReceived) {}

  @Answers(runMessageReceivedHooks)
  messageReceived(
    question: z.output<typeof runMessageReceivedHooks.question>,
  ): Promise<Verdict<MessageContent>> {
    return this.runMessageReceived.run(question);
  }
}
