import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  addMembers,
  createConversation,
  getConversation,
  getEvent,
  listConversations,
  listEvents,
  removeMember,
  type Viewer,
} from '#contracts/conversation.js';
import { HooklineError } from '#contracts/errors.js';
import type { EventDraft } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import type { Caller } from '../../auth/authentication.port.js';
import { CommandSender } from '../../commands/command-sender.port.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;
type ApplicationCaller = Exclude<Caller, { kind: 'installation' }>;
type SendRequest = Requested<typeof operations.sendMessage> | Requested<typeof operations.sendCustomEvent>;

/** Conversations, their members and their events. */
@Controller()
export class ConversationsController {
  constructor(
    private readonly bus: Bus,
    private readonly commands: CommandSender,
  ) {}

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
    return this.bus.ask(getConversation, { applicationId, ...parameters, viewer: viewerOf(caller) });
  }

  @Operates(operations.addMembers)
  addMembers(
    @FromRequest() { caller, parameters, body, idempotency }: Requested<typeof operations.addMembers>,
  ): Answered {
    const { applicationId } = caller;
    return this.bus.ask(addMembers, { applicationId, ...parameters, ...body, request: idempotency });
  }

  @Operates(operations.removeMember)
  async removeMember(
    @FromRequest() { caller, parameters }: Requested<typeof operations.removeMember>,
  ): Promise<void> {
    await this.bus.ask(removeMember, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.sendMessage)
  sendMessage(
    @FromRequest() request: Requested<typeof operations.sendMessage>,
    @Res({ passthrough: true }) response: Response,
  ): Answered {
    return this.send(request, { kind: 'message', content: request.body.content }, response);
  }

  @Operates(operations.sendCustomEvent)
  sendCustomEvent(
    @FromRequest() request: Requested<typeof operations.sendCustomEvent>,
    @Res({ passthrough: true }) response: Response,
  ): Answered {
    const { name, data } = request.body;
    return this.send(request, { kind: 'custom', name, data }, response);
  }

  @Operates(operations.listEvents)
  listEvents(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.listEvents>,
  ): Answered {
    const { cursor = null, limit, order } = query;
    const { applicationId } = caller;
    return this.bus.ask(listEvents, {
      applicationId,
      ...parameters,
      viewer: viewerOf(caller),
      cursor,
      limit,
      order,
    });
  }

  @Operates(operations.getEvent)
  getEvent(@FromRequest() { caller, parameters }: Requested<typeof operations.getEvent>): Answered {
    return this.bus.ask(getEvent, {
      applicationId: caller.applicationId,
      ...parameters,
      viewer: viewerOf(caller),
    });
  }

  private async send(
    { caller, parameters, body, idempotency, address }: SendRequest,
    draft: EventDraft,
    response: Response,
  ): Answered {
    const outcome = await this.commands.send({
      applicationId: caller.applicationId,
      conversationId: parameters.conversationId,
      senderId: namedUser(caller, body.senderId, '/senderId'),
      asMaster: caller.kind === 'master',
      draft,
      request: idempotency,
      origin: { address, dialect: 'native' },
    });
    if (outcome.outcome === 'dropped') {
      response.status(200);
      return { dropped: true };
    }
    const { eventId, seq, timestamp, modified } = outcome;
    return { eventId, seq, timestamp, modified };
  }
}

function viewerOf(caller: ApplicationCaller): Viewer {
  return caller.kind === 'master' ? { kind: 'master' } : { kind: 'user', userId: caller.userId };
}

/** The user that is meant: a token's own, or the one that the master key names. */
function namedUser(caller: ApplicationCaller, named: string | undefined, pointer: string): string {
  const wrong = (detail: string): HooklineError =>
    new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
  switch (caller.kind) {
    case 'master':
      if (named === undefined) throw wrong('is required with the master key');
      return named;
    case 'user':
      if (named !== undefined && named !== caller.userId)
        throw wrong("must not name another than the token's user");
      return caller.userId;
  }
}
