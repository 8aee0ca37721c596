import { Controller } from '@nestjs/common';
import { createConversation, getConversation, listConversations } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { actorOf, namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Conversations themselves. */
@Controller()
export class ConversationsController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createConversation)
  create(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createConversation>,
  ): Answered {
    const { applicationId } = caller;
    return this.bus.ask(createConversation, { applicationId, request: idempotency, conversation: body });
  }

  @Operates(operations.listConversations)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listConversations>): Answered {
    const { cursor = null, limit } = query;
    const userId = namedUser(caller, query.userId, '/query/userId');
    return this.bus.ask(listConversations, { applicationId: caller.applicationId, userId, cursor, limit });
  }

  @Operates(operations.getConversation)
  get(@FromRequest() { caller, parameters }: Requested<typeof operations.getConversation>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(getConversation, { applicationId, ...parameters, actor: actorOf(caller) });
  }
}
