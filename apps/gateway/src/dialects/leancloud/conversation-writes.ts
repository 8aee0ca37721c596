import { Injectable } from '@nestjs/common';
import { createConversation, getConversation, updateConversation } from '#contracts/conversations.js';
import type { JsonValue } from '#contracts/json-value.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { leanCloudLimits } from '#contracts/leancloud/limits.js';
import { clientId } from '#contracts/leancloud/routes/route.js';
import { addMembers, listMembersOf, removeMembers } from '#contracts/members.js';
import { Bus } from '#platform/bus/bus.js';
import type { Kind } from './conversation-kinds.js';
import { KnownUsers } from './known-users.js';
import { LeanCloudError } from './leancloud-error.js';
import { changeBy, partOfChange, readBy, type Requested } from './requested.js';
import { conversationRowOf, type MemberOfRow } from './translate/conversation-row.js';
import { newObjectId } from './translate/object-id.js';
import type { Row } from './translate/where.js';
import type { ConversationWrite, MembersWrite } from './translate/writes.js';

type Request = Pick<Requested, 'caller' | 'address' | 'idempotency'>;
type NewKind = Extract<Kind, 'group' | 'room' | 'system'>;

/** When a row was last written, and which. */
export interface Touched {
  readonly updatedAt: string;
  readonly objectId: string;
}

/** Writing conversations, whichever of LeanCloud's ways they are named by. */
@Injectable()
export class ConversationWrites {
  constructor(
    private readonly bus: Bus,
    private readonly users: KnownUsers,
  ) {}

  /** @throws LeanCloudError 4103, 4304. @throws HooklineError rejected_by_hook among others */
  async create(request: Request, kind: NewKind, write: ConversationWrite): Promise<Row> {
    const { applicationId } = request.caller;
    const hasMembers = kind === 'group';
    const userIds = hasMembers ? distinct(write.members) : [];
    const ownerId = hasMembers ? write.creatorId : null;
    const named = ownerId === null ? userIds : [ownerId, ...userIds];
    const asked = {
      id: newObjectId(applicationId, request.idempotency),
      kind,
      ...(isGiven(write.name) && { name: write.name }),
      attributes: write.attributes ?? {},
      members: userIds
        .filter((userId) => userId !== ownerId)
        .map((userId) => ({ userId, role: 'member' as const })),
      ...(ownerId !== null && { ownerId }),
      historyVisibility: 'start' as const,
      receiptsAsEvents: false,
      equalMembers: false,
      unique: hasMembers && write.unique,
    };
    const { conversation } = await this.users.with(applicationId, named, () =>
      this.bus.ask(createConversation, { ...changeBy(request), conversation: asked }),
    );
    const members = hasMembers ? await this.members(request, conversation.id) : [];
    return conversationRowOf(conversation, members);
  }

  /** Name and attributes. @throws HooklineError rejected_by_hook among others */
  async update(
    request: Request,
    conversationId: string,
    { name, attributes }: ConversationWrite,
  ): Promise<Touched> {
    if (name === undefined && attributes === undefined) return this.touched(request, conversationId);
    const patch = { ...(name !== undefined && { name }), ...(attributes && { attributes }) };
    const question = { ...changeBy(request), conversationId, patch };
    const { updatedAt } = await this.bus.ask(updateConversation, question);
    return { updatedAt: new Date(updatedAt).toISOString(), objectId: conversationId };
  }

  /** Whoever is in already stays. @throws HooklineError rejected_by_hook, too_many_members among others */
  async add(request: Request, conversationId: string, userIds: readonly string[]): Promise<void> {
    const question = {
      ...partOfChange(request, 'add'),
      conversationId,
      members: [...new Set(userIds)].map((userId) => ({ userId, role: 'member' as const })),
      skipPresent: true,
    };
    await this.users.with(request.caller.applicationId, userIds, () => this.bus.ask(addMembers, question));
  }

  /** Whoever is not in is passed over. @throws HooklineError rejected_by_hook among others */
  async remove(request: Request, conversationId: string, userIds: readonly string[]): Promise<void> {
    const question = {
      ...partOfChange(request, 'remove'),
      conversationId,
      userIds: [...new Set(userIds)],
    };
    await this.bus.ask(removeMembers, question);
  }

  async members(request: Pick<Requested, 'caller'>, conversationId: string): Promise<readonly MemberOfRow[]> {
    const { applicationId } = request.caller;
    return (await this.bus.ask(listMembersOf, { applicationId, conversationIds: [conversationId] })).members;
  }

  /** The row as it is now. */
  async touched(request: Pick<Requested, 'caller'>, conversationId: string): Promise<Touched> {
    const { updatedAt } = await this.bus.ask(getConversation, { ...readBy(request), conversationId });
    return { updatedAt: new Date(updatedAt).toISOString(), objectId: conversationId };
  }
}

/** Who is named, each once. */
function distinct(writes: readonly MembersWrite[]): readonly string[] {
  const userIds = [...new Set(writes.flatMap((write) => (write.is === 'remove' ? [] : write.userIds)))];
  requireClients(userIds);
  return userIds;
}

/** @throws LeanCloudError 4103 for an id that no client has, 4304 for too many */
export function requireClients(userIds: readonly string[]): void {
  if (userIds.length > leanCloudLimits.clientsPerRequest)
    throw new LeanCloudError(
      400,
      leanCloudCodes.conversationFull,
      `A conversation has at most ${String(leanCloudLimits.clientsPerRequest)} members`,
    );
  for (const userId of userIds) {
    const parsed = clientId.safeParse(userId);
    if (!parsed.success)
      throw new LeanCloudError(
        400,
        leanCloudCodes.invalidLogin,
        `m: ${parsed.error.issues[0]?.message ?? 'is no client'}`,
      );
  }
}

function isGiven(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}
