import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { countMembers, listMembers, muteConversation, type Member } from '#contracts/members.js';
import { Bus } from '#platform/bus/bus.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { ConversationWrites, type Touched } from '../conversation-writes.js';
import { partOfChange, readBy, type Requested, type RouteHandlers } from '../requested.js';

type Names =
  | 'addMembers'
  | 'removeMembers'
  | 'listMembers'
  | 'countOnline'
  | 'muteMembers'
  | 'unmuteMembers'
  | 'listMutes';

/** How many of those who are in a room are shown. */
const shownOfRoom = 50;

/** Who is in a conversation, and who does not want to be disturbed by it. */
@Injectable()
export class MemberRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly writes: ConversationWrites,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    addMembers: async (request) => {
      const { conversationId } = await this.conversation(request);
      await this.writes.add(request, conversationId, request.body.client_ids);
      return this.writes.touched(request, conversationId);
    },
    removeMembers: async (request) => {
      const { conversationId } = await this.conversation(request);
      await this.writes.remove(request, conversationId, request.body.client_ids);
      return this.writes.touched(request, conversationId);
    },
    listMembers: async (request) => {
      const { conversationId } = await this.conversation(request);
      const members =
        request.collection === 'chatrooms'
          ? await this.attending(request, conversationId)
          : await this.writes.members(request, conversationId);
      return { result: members.map(({ userId }) => userId) };
    },
    countOnline: async (request) => {
      const { conversationId } = await this.conversation(request);
      const { applicationId } = request.caller;
      return { result: (await this.bus.ask(countMembers, { applicationId, conversationId })).count };
    },
    muteMembers: (request) => this.mute(request, true),
    unmuteMembers: (request) => this.mute(request, false),
    listMutes: async (request) => {
      const { conversationId } = await this.conversation(request);
      const members = await this.writes.members(request, conversationId);
      return { result: members.filter(({ muted }) => muted).map(({ userId }) => userId) };
    },
  };

  /** Some of those who are in a room. */
  private async attending(request: Requested, conversationId: string): Promise<readonly Member[]> {
    const question = { ...readBy(request), conversationId, state: null, role: null, cursor: null };
    return (await this.bus.ask(listMembers, { ...question, limit: shownOfRoom })).members;
  }

  /** Whoever is not in is passed over. */
  private async mute(request: Requested<'muteMembers' | 'unmuteMembers'>, muted: boolean): Promise<Touched> {
    const { conversationId } = await this.conversation(request);
    for (const userId of new Set(request.body.client_ids)) {
      try {
        const change = partOfChange(request, userId);
        await this.bus.ask(muteConversation, { ...change, conversationId, userId, muted });
      } catch (error) {
        if (!(error instanceof HooklineError) || error.code !== 'member_not_found') throw error;
      }
    }
    return this.writes.touched(request, conversationId);
  }

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind */
  private async conversation({
    caller,
    parameters,
    collection,
  }: Requested<Names>): Promise<{ conversationId: string }> {
    await this.kinds.require(caller.applicationId, parameters.conversationId, collection ?? 'conversations');
    return parameters;
  }
}
