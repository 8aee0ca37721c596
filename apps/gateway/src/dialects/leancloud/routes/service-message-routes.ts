import { Injectable } from '@nestjs/common';
import type { PushPayload } from '#contracts/hooks/answers.js';
import { Broadcasts } from '../broadcasts.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { boundsOf, History } from '../history.js';
import { MessageSender, type Sent } from '../message-sender.js';
import type { Requested, RouteHandlers } from '../requested.js';

type Names =
  | 'sendDirectMessage'
  | 'listDirectMessages'
  | 'announce'
  | 'sendBroadcast'
  | 'listBroadcasts'
  | 'deleteBroadcast'
  | 'announceLegacy'
  | 'sendLegacyBroadcast'
  | 'listLegacyBroadcasts'
  | 'deleteLegacyBroadcast';

/** What services say: to some, to their subscribers, to everybody. */
@Injectable()
export class ServiceMessageRoutes {
  constructor(
    private readonly kinds: ConversationKinds,
    private readonly sender: MessageSender,
    private readonly history: History,
    private readonly broadcasts: Broadcasts,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    sendDirectMessage: async (request) => {
      const { body, parameters } = request;
      const { conversationId } = parameters;
      await this.kinds.requireService(request.caller.applicationId, conversationId);
      return this.sender.send(request, {
        conversationId,
        from: body.from_client,
        message: body.message,
        isTransient: body.transient,
        to: body.to_clients,
        push: body.push_data,
      });
    },
    listDirectMessages: async (request) => {
      const { applicationId } = request.caller;
      const { clientId: viewer, conversationId } = request.parameters;
      await this.kinds.requireService(applicationId, conversationId);
      return this.history.rows({ applicationId, conversationId, viewer }, boundsOf(request.query));
    },
    announce: (request) => {
      const { from_client: from, message, push } = request.body;
      return this.announce(request, request.parameters.conversationId, { from, message, push });
    },
    announceLegacy: (request) => {
      const { from_peer: from, conv_id: conversationId, message, push } = request.body;
      return this.announce(request, conversationId, { from, message, push });
    },
    sendBroadcast: (request) => {
      const {
        from_client: from,
        conv_id: conversationId,
        message,
        valid_till,
        push,
        transient,
      } = request.body;
      if (transient) return this.broadcasts.sendTransient(request, { conversationId, from, message });
      return this.broadcasts.send(request, {
        conversationId,
        from,
        message,
        validTill: valid_till,
        push,
      });
    },
    sendLegacyBroadcast: (request) => {
      const { from_peer: from, conv_id: conversationId, message, valid_till, push } = request.body;
      return this.broadcasts.send(request, {
        conversationId,
        from,
        message,
        validTill: valid_till,
        push,
      });
    },
    listBroadcasts: (request) => this.broadcasts.list(request, request.query),
    listLegacyBroadcasts: (request) => this.broadcasts.list(request, request.query),
    deleteBroadcast: (request) => this.broadcasts.delete(request, request.parameters.messageId),
    deleteLegacyBroadcast: (request) => this.broadcasts.delete(request, request.query.mid),
  };

  private async announce(
    request: Requested<'announce' | 'announceLegacy'>,
    conversationId: string,
    { from, message, push }: { from: string; message: string; push: PushPayload | undefined },
  ): Promise<Sent> {
    await this.kinds.requireService(request.caller.applicationId, conversationId);
    const said = { conversationId, from, message, isTransient: false, push };
    return this.sender.send(request, said);
  }
}
