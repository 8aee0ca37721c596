import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { nothingVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

export interface Access {
  readonly conversationKey: bigint;
  readonly kind: Conversation['kind'];
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
    const found = { conversationKey: handle.key, kind: handle.kind };
    if (actor.kind === 'master') return { ...found, user: null };
    const isMember = membership?.state === 'joined';
    const range = isMember ? { fromSeq: membership.fromSeq, toSeq: membership.toSeq } : nothingVisible;
    return { ...found, user: { userId: actor.userId, isMember, range } };
  }

  /** @throws HooklineError conversation_not_found, not_a_member */
  async ofMember(applicationId: string, conversationId: string, actor: Actor): Promise<Access> {
    const access = await this.of(applicationId, conversationId, actor);
    if (access.user?.isMember === false) throw new HooklineError('not_a_member');
    return access;
  }
}
