import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { createConversation } from '#contracts/conversations.js';
import { Answers } from '#platform/bus/answers.js';
import { CreateConversation } from './create-conversation.js';

@Controller()
export class CreateConversationController {
  constructor(private readonly creating: CreateConversation) {}

  @Answers(createConversation)
  create(
    question: z.output<typeof createConversation.question>,
  ): Promise<z.output<typeof createConversation.answer>> {
    return this.creating.create(question);
  }
}
