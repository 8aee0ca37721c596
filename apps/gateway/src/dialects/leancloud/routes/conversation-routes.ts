import { Injectable } from '@nestjs/common';
import { deleteConversation } from '#contracts/conversations.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import type { Collection } from '#contracts/leancloud/routes/route.js';
import { Bus } from '#platform/bus/bus.js';
import { ConversationFinder } from '../conversation-finder.js';
import { ConversationKinds, createdKind } from '../conversation-kinds.js';
import { ConversationWrites } from '../conversation-writes.js';
import { LeanCloudError } from '../leancloud-error.js';
import { changeBy, type Requested, type RouteHandlers } from '../requested.js';
import { conversationChangeOf, newConversationOf } from '../translate/writes.js';

type Names =
  | 'createConversation'
  | 'findConversations'
  | 'findAllConversations'
  | 'updateConversation'
  | 'deleteConversation';

/** Conversations, rooms and services themselves. */
@Injectable()
export class ConversationRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly writes: ConversationWrites,
    private readonly finder: ConversationFinder,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    createConversation: async (request) => {
      const kind = createdKind[collectionOf(request)];
      const row = await this.writes.create(request, kind, newConversationOf(request.body));
      if (kind === 'group') return row;
      const { objectId, createdAt } = row;
      return { objectId, createdAt };
    },
    findConversations: ({ caller, query, ...request }) =>
      this.finder.find(caller.applicationId, query, createdKind[collectionOf(request)]),
    findAllConversations: ({ caller, query }) => this.finder.find(caller.applicationId, query, null),
    updateConversation: async (request) => {
      const { conversationId } = await this.conversation(request);
      const write = conversationChangeOf(request.body);
      if (write.members.length > 0)
        throw new LeanCloudError(403, leanCloudCodes.operationForbidden, 'm: members have their own routes');
      return this.writes.update(request, conversationId, write);
    },
    deleteConversation: async (request) => {
      await this.bus.ask(deleteConversation, {
        ...changeBy(request),
        ...(await this.conversation(request)),
      });
    },
  };

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind */
  private async conversation({
    caller,
    parameters,
    ...request
  }: Requested<'deleteConversation' | 'updateConversation'>): Promise<{ conversationId: string }> {
    await this.kinds.require(caller.applicationId, parameters.conversationId, collectionOf(request));
    return parameters;
  }
}

/** Of a route whose path names one. */
function collectionOf({ collection }: Pick<Requested, 'collection'>): Collection {
  return collection ?? 'conversations';
}
