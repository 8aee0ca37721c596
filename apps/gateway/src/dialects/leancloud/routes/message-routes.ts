import { Injectable } from '@nestjs/common';
import { ConversationKinds } from '../conversation-kinds.js';
import { boundsOf, History } from '../history.js';
import { MessageChanger, type Meant } from '../message-changer.js';
import { MessageSender } from '../message-sender.js';
import type { Requested, RouteHandlers } from '../requested.js';

type Names = 'sendMessage' | 'listMessages' | 'updateMessage' | 'recallMessage' | 'deleteMessage';

/** What is said in conversations. */
@Injectable()
export class MessageRoutes {
  constructor(
    private readonly kinds: ConversationKinds,
    private readonly sender: MessageSender,
    private readonly changer: MessageChanger,
    private readonly history: History,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    sendMessage: async (request) => {
      const conversationId = await this.conversation(request);
      const { mention_all: everyone, mention_client_ids: userIds, ...body } = request.body;
      return this.sender.send(request, {
        conversationId,
        from: body.from_client,
        message: body.message,
        isTransient: body.transient,
        ...((everyone || userIds.length > 0) && { mentions: { everyone, userIds } }),
        push: body.push_data,
      });
    },
    listMessages: async (request) => {
      const { caller, parameters, query } = request;
      const { client_id: clientId, nonce, signature_ts: timestamp, signature } = query;
      const shown = { clientId, nonce, timestamp, signature };
      const viewer = await this.history.viewer(caller, parameters.conversationId, shown);
      const conversationId = await this.conversation(request);
      const { applicationId } = caller;
      return this.history.rows({ applicationId, conversationId, viewer }, boundsOf(query));
    },
    updateMessage: async (request) => {
      await this.conversation(request);
      await this.changer.update(request, meantBy(request), request.body.message);
    },
    deleteMessage: async (request) => {
      await this.conversation(request);
      const { from_client: from, timestamp } = request.query;
      await this.changer.delete(request, { ...request.parameters, from, timestamp });
    },
    recallMessage: async (request) => {
      await this.conversation(request);
      await this.changer.recall(request, meantBy(request));
    },
  };

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind */
  private async conversation({ caller, parameters, collection }: Requested<Names>): Promise<string> {
    const { conversationId } = parameters;
    await this.kinds.require(caller.applicationId, conversationId, collection ?? 'conversations');
    return conversationId;
  }
}

function meantBy({ parameters, body }: Requested<'updateMessage' | 'recallMessage'>): Meant {
  return { ...parameters, from: body.from_client, timestamp: body.timestamp };
}
