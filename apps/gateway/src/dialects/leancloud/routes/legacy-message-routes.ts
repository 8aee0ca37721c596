import { Injectable } from '@nestjs/common';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { boundsOf, History } from '../history.js';
import { LeanCloudError } from '../leancloud-error.js';
import { MessageChanger } from '../message-changer.js';
import { MessageSender } from '../message-sender.js';
import type { Requested, RouteHandlers } from '../requested.js';
import type { Row } from '../translate/where.js';

type Names =
  | 'sendLegacyMessage'
  | 'listLegacyHistory'
  | 'listLegacyLogs'
  | 'updateLegacyMessage'
  | 'deleteLegacyMessage'
  | 'patchLegacyMessage';

/** Messages by the first version of the API, which names conversations of all kinds alike. */
@Injectable()
export class LegacyMessageRoutes {
  constructor(
    private readonly kinds: ConversationKinds,
    private readonly sender: MessageSender,
    private readonly changer: MessageChanger,
    private readonly history: History,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    sendLegacyMessage: async (request) => {
      const { body, caller } = request;
      const isService = (await this.kinds.of(caller.applicationId, body.conv_id)) === 'system';
      if (isService !== (body.to_peers !== undefined)) throw isService ? noRecipients() : noService();
      return this.sender.send(request, {
        conversationId: body.conv_id,
        from: body.from_peer,
        message: body.message,
        isTransient: body.transient,
        to: body.to_peers,
        push: body.push_data,
      });
    },
    listLegacyHistory: (request) => this.list(request, request.query.max_ts),
    listLegacyLogs: (request) => this.list(request, request.query.max_ts ?? request.query.timestamp),
    updateLegacyMessage: async (request) => {
      const { body } = request;
      const meant = {
        conversationId: body['conv-id'],
        messageId: body['msg-id'],
        from: body.from,
        timestamp: body.timestamp,
      };
      await this.changer.update(request, meant, body.data);
    },
    deleteLegacyMessage: (request) => {
      const { convid: conversationId, msgid: messageId, timestamp } = request.query;
      return this.changer.delete(request, { conversationId, messageId, from: null, timestamp });
    },
    patchLegacyMessage: async (request) => {
      const { from_peer: from, conv_id: conversationId, timestamp, message, recall } = request.body;
      const { mid = '', msg_id: messageId = mid } = request.body;
      const meant = { conversationId, messageId, from, timestamp };
      if (recall) await this.changer.recall(request, meant);
      else await this.changer.update(request, meant, message ?? '');
    },
  };

  private async list(
    { caller, query }: Requested<'listLegacyHistory' | 'listLegacyLogs'>,
    before: number | undefined,
  ): Promise<readonly Row[]> {
    const { convid: conversationId, peerid: clientId, signature_ts, nonce, signature } = query;
    const shown = { clientId, nonce, timestamp: signature_ts, signature };
    const viewer = await this.history.viewer(caller, conversationId, shown);
    const { msgid, reversed, limit } = query;
    return this.history.rows(
      { applicationId: caller.applicationId, conversationId, viewer },
      boundsOf({ timestamp: before, msgid, reversed, limit }),
    );
  }
}

function noRecipients(): LeanCloudError {
  const detail = 'Say to_peers; all subscribers are told by /1.1/rtm/broadcast/subscriber';
  return new LeanCloudError(400, leanCloudCodes.internal, detail);
}

function noService(): LeanCloudError {
  const detail = 'to_peers is for service conversations';
  return new LeanCloudError(400, leanCloudCodes.systemConversationRequired, detail);
}
