import { Controller } from '@nestjs/common';
import {
  deleteMessage,
  recallMessage,
  updateMessage,
  type DeleteMessage as DeleteQuestion,
  type Recalled,
  type RecallMessage as RecallQuestion,
  type UpdateMessage as UpdateQuestion,
  type UpdateOutcome,
} from '#contracts/message-changes.js';
import { Answers } from '#platform/bus/answers.js';
import { DeleteMessage } from './delete-message.js';
import { RecallMessage } from './recall-message.js';
import { UpdateMessage } from './update-message.js';

@Controller()
export class ChangeMessageController {
  constructor(
    private readonly updates: UpdateMessage,
    private readonly recalls: RecallMessage,
    private readonly deletions: DeleteMessage,
  ) {}

  @Answers(updateMessage)
  update(question: UpdateQuestion): Promise<UpdateOutcome> {
    return this.updates.update(question);
  }

  @Answers(recallMessage)
  recall(question: RecallQuestion): Promise<Recalled> {
    return this.recalls.recall(question);
  }

  @Answers(deleteMessage)
  delete(question: DeleteQuestion): Promise<object> {
    return this.deletions.delete(question);
  }
}
