import { Controller } from '@nestjs/common';
import { deleteMessage, recallMessage, updateMessage } from '#contracts/message-changes.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';
import { changeBy } from './questions.js';

type Answered = Promise<unknown>;

/** What becomes of messages after they were sent. */
@Controller()
export class MessagesController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.updateMessage)
  async update(@FromRequest() request: Requested<typeof operations.updateMessage>): Answered {
    const question = { ...changeBy(request), ...request.body };
    const { outcome, ...answer } = await this.bus.ask(updateMessage, question);
    return outcome === 'dropped' ? { dropped: true } : answer;
  }

  @Operates(operations.recallMessage)
  async recall(@FromRequest() request: Requested<typeof operations.recallMessage>): Answered {
    const answer = await this.bus.ask(recallMessage, changeBy(request));
    return 'outcome' in answer ? { dropped: true } : answer;
  }

  @Operates(operations.deleteMessage)
  async delete(@FromRequest() request: Requested<typeof operations.deleteMessage>): Promise<void> {
    const { userId: readerId = null } = request.query;
    await this.bus.ask(deleteMessage, { ...changeBy(request), readerId });
  }
}
