import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { deleteConversation, updateConversation } from '#contracts/conversations.js';
import { Answers } from '#platform/bus/answers.js';
import { DeleteConversation } from './delete-conversation.js';
import { UpdateConversation } from './update-conversation.js';

@Controller()
export class ChangeConversationController {
  constructor(
    private readonly updating: UpdateConversation,
    private readonly deleting: DeleteConversation,
  ) {}

  @Answers(updateConversation)
  update(
    question: z.output<typeof updateConversation.question>,
  ): Promise<z.output<typeof updateConversation.answer>> {
    return this.updating.update(question);
  }

  @Answers(deleteConversation)
  async delete(question: z.output<typeof deleteConversation.question>): Promise<object> {
    await this.deleting.delete(question);
    return {};
  }
}
