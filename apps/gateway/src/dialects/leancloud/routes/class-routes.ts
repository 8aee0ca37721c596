import { Injectable } from '@nestjs/common';
import { deleteConversation } from '#contracts/conversations.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { Bus } from '#platform/bus/bus.js';
import { ConversationFinder } from '../conversation-finder.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { ConversationWrites, requireClients } from '../conversation-writes.js';
import { LeanCloudError } from '../leancloud-error.js';
import { partOfChange, type Requested, type RouteHandlers } from '../requested.js';
import { ServiceMessages } from '../service-messages.js';
import { chosen } from '../translate/finding.js';
import { conversationChangeOf, newConversationOf, type MembersWrite } from '../translate/writes.js';

type Names =
  | 'createConversationObject'
  | 'findConversationObjects'
  | 'getConversationObject'
  | 'updateConversationObject'
  | 'deleteConversationObjects'
  | 'findServiceMessages'
  | 'getServiceMessage'
  | 'deleteServiceMessages';

/** Conversations, and what was said to services, as objects of LeanCloud's storage. Hooks are asked as for every other way to change them. */
@Injectable()
export class ClassRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly writes: ConversationWrites,
    private readonly finder: ConversationFinder,
    private readonly said: ServiceMessages,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    createConversationObject: async (request) => {
      const write = newConversationOf(request.body);
      const row = await this.writes.create(request, write.kind, write);
      if (isWhole(request)) return row;
      const { objectId, createdAt } = row;
      return { objectId, createdAt };
    },
    findConversationObjects: ({ caller, query }) => this.finder.find(caller.applicationId, query, null),
    getConversationObject: async ({ caller, parameters, query }) => {
      const row = await this.finder.get(caller.applicationId, parameters.conversationId);
      return chosen(row, query.keys);
    },
    updateConversationObject: async (request) => {
      const { conversationId } = request.parameters;
      const write = conversationChangeOf(request.body);
      await this.requireMembers(request, write.members);
      let touched = await this.writes.update(request, conversationId, write);
      for (const members of write.members) {
        await this.writeMembers(request, members);
        touched = await this.writes.touched(request, conversationId);
      }
      return isWhole(request) ? this.finder.get(request.caller.applicationId, conversationId) : touched;
    },
    deleteConversationObjects: async (request) => {
      for (const conversationId of request.parameters.objectIds)
        await this.bus.ask(deleteConversation, { ...partOfChange(request, conversationId), conversationId });
    },
    findServiceMessages: ({ caller, query }) => this.said.find(caller.applicationId, query),
    getServiceMessage: async ({ caller, parameters, query }) =>
      chosen(await this.said.get(caller.applicationId, parameters.messageId), query.keys),
    deleteServiceMessages: async (request) => {
      for (const objectId of request.parameters.objectIds) await this.said.delete(request, objectId);
    },
  };

  /** Before anything is written. @throws LeanCloudError 119 where there are no members, 4103 */
  private async requireMembers(
    { caller, parameters }: Requested<'updateConversationObject'>,
    writes: readonly MembersWrite[],
  ): Promise<void> {
    if (writes.length === 0) return;
    const kind = await this.kinds.of(caller.applicationId, parameters.conversationId);
    if (kind !== 'group' && kind !== 'temporary')
      throw new LeanCloudError(
        403,
        leanCloudCodes.operationForbidden,
        'm: neither rooms nor services have members',
      );
    for (const { userIds } of writes) requireClients(userIds);
  }

  private async writeMembers(
    request: Requested<'updateConversationObject'>,
    { is, userIds }: MembersWrite,
  ): Promise<void> {
    const { conversationId } = request.parameters;
    const present =
      is === 'set' ? (await this.writes.members(request, conversationId)).map(({ userId }) => userId) : [];
    const gone = is === 'remove' ? userIds : present.filter((userId) => !userIds.includes(userId));
    const come = is === 'remove' ? [] : userIds.filter((userId) => !present.includes(userId));
    if (gone.length > 0) await this.writes.remove(request, conversationId, gone);
    if (come.length > 0) await this.writes.add(request, conversationId, come);
  }
}

function isWhole({ query }: Requested<'createConversationObject' | 'updateConversationObject'>): boolean {
  return query.new || query.fetchWhenSave;
}
