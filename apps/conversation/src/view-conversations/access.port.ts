import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { whyNot, type ConversationAction } from '#domain/permissions/conversation-permissions.js';
import { nothingVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

export interface Access {
  readonly conversationKey: bigint;
  readonly kind: Conversation['kind'];
  readonly equalMembers: boolean;
  /** Null: a server, which sees everything. */
  readonly user: { readonly userId: string; readonly isMember: boolean; readonly range: VisibleRange } | null;
}

/** Who may look into a conversation. */
@Injectable()
export class ConversationAccess {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
  ) {}

  /** @throws HooklineError conversation_not_found */
  async of(applicationId: string, conversationId: string, actor: Actor): Promise<Access> {
    const handle = await this.conversations.handle(applicationId, conversationId);
    if (handle === null) throw new HooklineError('conversation_not_found');
    const membership = actor.kind === 'user' ? await this.members.membership(handle.key, actor.userId) : null;
    // A membership is found in conversations that exist; for everybody else that has to be asked.
    if (membership === null && (await this.conversations.find(applicationId, conversationId)) === null) {
      throw new HooklineError('conversation_not_found');
    }
    const { key: conversationKey, kind, equalMembers } = handle;
    const found = { conversationKey, kind, equalMembers };
    if (actor.kind === 'master') return { ...found, user: null };
    const isMember = membership?.state === 'joined';
    const range = isMember ? { fromSeq: membership.fromSeq, toSeq: membership.toSeq } : nothingVisible;
    return { ...found, user: { userId: actor.userId, isMember, range } };
  }

  /**
   * To what is said: of all of it, or of what the actor may see.
   *
   * @param viewer a user whose view a server wants
   * @throws HooklineError conversation_not_found, not_a_member
   */
  async toEvents(
    asked: { readonly applicationId: string; readonly conversationId: string; readonly actor: Actor },
    viewer?: string,
  ): Promise<Access> {
    const { applicationId, conversationId, actor } = asked;
    if (actor.kind !== 'master' || viewer === undefined)
      return this.to('readEvents', applicationId, conversationId, actor);
    return this.of(applicationId, conversationId, { kind: 'user', userId: viewer });
  }

  /**
   * @param action what every member may do, or nobody but a server
   * @throws HooklineError conversation_not_found, not_a_member, insufficient_role
   */
  async to(
    action: ConversationAction,
    applicationId: string,
    conversationId: string,
    actor: Actor,
  ): Promise<Access> {
    const access = await this.of(applicationId, conversationId, actor);
    requireAccess(action, access);
    return access;
  }
}

/** @throws HooklineError not_a_member, insufficient_role */
export function requireAccess(action: ConversationAction, { kind, user }: Access): void {
  const part = user === null ? 'master' : user.isMember ? 'member' : 'outsider';
  const refusal = whyNot(action, part, kind);
  if (refusal !== null) throw new HooklineError(refusal);
}
