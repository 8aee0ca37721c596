import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  createConversation,
  deleteConversation,
  getConversation,
  listConversations,
  updateConversation,
} from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';
import { changeBy, readBy } from './questions.js';

type Answered = Promise<unknown>;

/** Conversations themselves. */
@Controller()
export class ConversationsController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createConversation)
  async create(
    @FromRequest() request: Requested<typeof operations.createConversation>,
    @Res({ passthrough: true }) response: Response,
  ): Answered {
    const { caller, body } = request;
    if (caller.kind === 'user') namedUser(caller, body.ownerId, '/ownerId');
    const question = { ...changeBy(request), conversation: body };
    const { conversation, isNew } = await this.bus.ask(createConversation, question);
    response.status(isNew ? 201 : 200);
    return conversation;
  }

  @Operates(operations.listConversations)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listConversations>): Answered {
    const { cursor = null, limit, order, kind = null, attributes = null } = query;
    const isWhole = caller.kind === 'master' && query.userId === undefined;
    const userId = isWhole ? null : namedUser(caller, query.userId, '/query/userId');
    if (isWhole && order === 'active') {
      const [pointer, detail] = ['/query/order', 'active is for the conversations of a user'];
      throw new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
    }
    const { applicationId } = caller;
    const question = { applicationId, userId, kind, attributes, order, cursor, limit };
    return this.bus.ask(listConversations, question);
  }

  @Operates(operations.getConversation)
  get(@FromRequest() request: Requested<typeof operations.getConversation>): Answered {
    return this.bus.ask(getConversation, readBy(request));
  }

  @Operates(operations.updateConversation)
  update(@FromRequest() request: Requested<typeof operations.updateConversation>): Answered {
    return this.bus.ask(updateConversation, { ...changeBy(request), patch: request.body });
  }

  @Operates(operations.deleteConversation)
  async delete(@FromRequest() request: Requested<typeof operations.deleteConversation>): Promise<void> {
    await this.bus.ask(deleteConversation, changeBy(request));
  }
}
