import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HooklineError } from '#contracts/errors.js';
import type { EventDraft } from '#contracts/event.js';
import type { PushPayload } from '#contracts/hooks/answers.js';
import { getEvent, listEvents } from '#contracts/history.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { CommandSender } from '../../commands/command-sender.port.js';
import { actorOf, namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;
type SendRequest = Requested<typeof operations.sendMessage> | Requested<typeof operations.sendCustomEvent>;

/** What is said in a conversation, and its history. */
@Controller()
export class EventsController {
  constructor(
    private readonly bus: Bus,
    private readonly commands: CommandSender,
  ) {}

  @Operates(operations.sendMessage)
  sendMessage(
    @FromRequest() request: Requested<typeof operations.sendMessage>,
    @Res({ passthrough: true }) response: Response,
  ): Answered {
    const { content, mentions, attachments, expiresIn, push } = request.body;
    if (push !== undefined && request.caller.kind !== 'master')
      throw new HooklineError('forbidden', 'Only servers say what devices get');
    const draft = { kind: 'message' as const, content, mentions, attachments, expiresIn };
    return this.send(request, draft, response, push);
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
    const { cursor = null, limit, order, types = null, userId, view } = query;
    const { applicationId } = caller;
    const isServer = caller.kind === 'master';
    if (!isServer && userId !== undefined) namedUser(caller, userId, '/query/userId');
    if (!isServer && view !== undefined)
      throw new HooklineError('forbidden', 'Only servers read what users say to a service');
    if (userId !== undefined && view !== undefined) {
      const [pointer, detail] = ['/query/view', 'is not for one user'];
      throw new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
    }
    return this.bus.ask(listEvents, {
      applicationId,
      ...parameters,
      actor: actorOf(caller),
      cursor,
      limit,
      order,
      types,
      ...(isServer && userId !== undefined && { viewer: userId }),
      ...(view === 'inbox' && { inbox: true }),
    });
  }

  @Operates(operations.getEvent)
  getEvent(@FromRequest() { caller, parameters }: Requested<typeof operations.getEvent>): Answered {
    return this.bus.ask(getEvent, {
      applicationId: caller.applicationId,
      ...parameters,
      actor: actorOf(caller),
    });
  }

  private async send(
    { caller, parameters, body, idempotency, address }: SendRequest,
    draft: EventDraft,
    response: Response,
    push?: PushPayload,
  ): Answered {
    const outcome = await this.commands.send({
      applicationId: caller.applicationId,
      conversationId: parameters.conversationId,
      senderId: namedUser(caller, body.senderId, '/senderId'),
      asMaster: caller.kind === 'master',
      draft,
      to: body.to,
      push,
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
