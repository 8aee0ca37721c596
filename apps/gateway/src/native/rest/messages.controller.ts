import { Controller } from '@nestjs/common';
import { recallMessage, updateMessage } from '#contracts/message-changes.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { actorOf } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** What becomes of messages after they were sent. */
@Controller()
export class MessagesController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.updateMessage)
  async update(@FromRequest() request: Requested<typeof operations.updateMessage>): Answered {
    const { caller, parameters, body, idempotency, address } = request;
    const { outcome, ...answer } = await this.bus.ask(updateMessage, {
      applicationId: caller.applicationId,
      ...parameters,
      ...body,
      actor: actorOf(caller),
      request: idempotency,
      origin: { address, dialect: 'native' },
    });
    return outcome === 'dropped' ? { dropped: true } : answer;
  }

  @Operates(operations.recallMessage)
  recall(@FromRequest() request: Requested<typeof operations.recallMessage>): Answered {
    const { caller, parameters, idempotency } = request;
    const { applicationId } = caller;
    return this.bus.ask(recallMessage, {
      applicationId,
      ...parameters,
      actor: actorOf(caller),
      request: idempotency,
    });
  }
}
