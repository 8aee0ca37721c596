import { Injectable } from '@nestjs/common';
import { blockInConversation, listConversationBlocks, unblockInConversation } from '#contracts/blocks.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { limits } from '#contracts/limits.js';
import {
  changeRole,
  listMembers,
  silenceMember,
  untilLifted,
  type Member,
  type MemberRole,
} from '#contracts/members.js';
import { Bus } from '#platform/bus/bus.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { ConversationWrites, type Touched } from '../conversation-writes.js';
import { KnownUsers } from '../known-users.js';
import { LeanCloudError } from '../leancloud-error.js';
import { changeBy, partOfChange, readBy, type Requested, type RouteHandlers } from '../requested.js';

type Names =
  | 'silenceTemporarily'
  | 'liftTemporarySilence'
  | 'silence'
  | 'liftSilence'
  | 'listSilenced'
  | 'block'
  | 'unblock'
  | 'listBlocked'
  | 'createMemberInfo'
  | 'updateMemberInfo'
  | 'deleteMemberInfo'
  | 'listMemberInfos';

type LeanCloudRole = 'Member' | 'Manager' | 'Owner';
const rolesOf: Readonly<Record<LeanCloudRole, MemberRole>> = {
  Member: 'member',
  Manager: 'manager',
  Owner: 'owner',
};
const namesOf: Readonly<Record<MemberRole, LeanCloudRole>> = {
  member: 'Member',
  manager: 'Manager',
  owner: 'Owner',
};

/** Who may say less than others, who may not come in, and who may do more. */
@Injectable()
export class RestrictionRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly users: KnownUsers,
    private readonly writes: ConversationWrites,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    silenceTemporarily: (request) =>
      this.silence(request, [request.body.client_id], { seconds: request.body.ttl }),
    liftTemporarySilence: (request) => this.silence(request, [request.body.client_id], null),
    silence: (request) => this.silence(request, request.body.client_ids, { seconds: undefined }),
    liftSilence: (request) => this.silence(request, request.body.client_ids, null),
    listSilenced: async (request) => {
      const { limit, next = '' } = request.query;
      const silenced = (await this.members(request))
        .filter(({ userId, silencedUntil }) => silencedUntil === untilLifted && userId > next)
        .map(({ userId }) => userId)
        .toSorted();
      const page = silenced.slice(0, limit);
      const last = page.at(-1);
      return { client_ids: page, ...(silenced.length > limit && last !== undefined && { next: last }) };
    },

    block: async (request) => {
      const { conversationId } = await this.conversation(request);
      const userIds = [...new Set(request.body.client_ids)];
      await this.users.with(request.caller.applicationId, userIds, async () => {
        for (const userId of userIds) {
          const change = partOfChange(request, userId);
          await this.bus.ask(blockInConversation, { ...change, conversationId, userId });
        }
      });
    },
    unblock: async (request) => {
      const { conversationId } = await this.conversation(request);
      for (const userId of new Set(request.body.client_ids)) {
        const change = partOfChange(request, userId);
        await this.bus.ask(unblockInConversation, { ...change, conversationId, userId });
      }
    },
    listBlocked: async (request) => {
      const { conversationId } = await this.conversation(request);
      const { limit, next: cursor = null } = request.query;
      const question = { ...readBy(request), conversationId, cursor, limit };
      const { blocks, nextCursor } = await this.bus.ask(listConversationBlocks, question);
      return {
        client_ids: blocks.map(({ userId }) => userId),
        ...(nextCursor !== null && { next: nextCursor }),
      };
    },

    createMemberInfo: (request) => {
      const { clientId, role } = request.body;
      return this.changeRole(request, clientId, role);
    },
    updateMemberInfo: async (request) =>
      this.changeRole(request, await this.userOf(request), request.body.role),
    deleteMemberInfo: async (request) => {
      await this.changeRole(request, await this.userOf(request), 'Member');
    },
    listMemberInfos: async (request) => {
      const { skip, limit } = request.query;
      const members = (await this.members(request)).slice(skip, skip + limit);
      return {
        results: members.map(({ id, userId, role }) => ({
          clientId: userId,
          objectId: id,
          role: namesOf[role],
        })),
      };
    },
  };

  /** @throws HooklineError member_not_found: nobody before it in the list is silenced the less */
  private async silence(
    request: Requested<'silenceTemporarily' | 'liftTemporarySilence' | 'silence' | 'liftSilence'>,
    userIds: readonly string[],
    silenced: { seconds: number | undefined } | null,
  ): Promise<void> {
    const { conversationId } = await this.conversation(request);
    for (const userId of new Set(userIds)) {
      const change = partOfChange(request, userId);
      await this.bus.ask(silenceMember, { ...change, conversationId, userId, silenced });
    }
  }

  private async changeRole(
    request: Requested<'createMemberInfo' | 'updateMemberInfo' | 'deleteMemberInfo'>,
    userId: string,
    role: LeanCloudRole,
  ): Promise<Touched> {
    const { conversationId } = await this.conversation(request);
    const question = { ...changeBy(request), conversationId, userId, role: rolesOf[role] };
    const { id } = await this.bus.ask(changeRole, question);
    return { ...(await this.writes.touched(request, conversationId)), objectId: id };
  }

  /** Whose information it is. */
  private async userOf(request: Requested<'updateMemberInfo' | 'deleteMemberInfo'>): Promise<string> {
    const member = (await this.members(request)).find(({ id }) => id === request.parameters.memberInfoId);
    if (member === undefined)
      throw new LeanCloudError(404, leanCloudCodes.objectNotFound, 'There is no such member');
    return member.userId;
  }

  /** Everybody who is in: conversations have few enough. */
  private async members(request: Requested<Names>): Promise<readonly Member[]> {
    const { conversationId } = await this.conversation(request);
    const all: Member[] = [];
    let cursor: string | null = null;
    do {
      const page: { members: Member[]; nextCursor: string | null } = await this.bus.ask(listMembers, {
        ...readBy(request),
        conversationId,
        state: 'joined',
        role: null,
        cursor,
        limit: limits.pageSize,
      });
      all.push(...page.members);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind */
  private async conversation({
    caller,
    parameters,
    collection,
  }: Requested<Names>): Promise<{ conversationId: string }> {
    const { conversationId } = parameters;
    await this.kinds.require(caller.applicationId, conversationId, collection ?? 'conversations');
    return { conversationId };
  }
}
