import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { EventDraft } from '#contracts/event.js';
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
    const { content, mentions, attachments, expiresIn } = request.body;
    return this.send(request, { kind: 'message', content, mentions, attachments, expiresIn }, response);
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
    const { cursor = null, limit, order, types = null } = query;
    const { applicationId } = caller;
    return this.bus.ask(listEvents, {
      applicationId,
      ...parameters,
      actor: actorOf(caller),
      cursor,
      limit,
      order,
      types,
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
