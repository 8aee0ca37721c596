import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import { whyNot, type ConversationAction, type Part } from '#domain/permissions/conversation-permissions.js';
import type { Transaction } from '#platform/database/database.js';
import type { ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

type Where = Pick<ConversationHandle, 'key' | 'kind' | 'equalMembers'>;

/** Whether somebody may do something in a conversation. */
@Injectable()
export class Permissions {
  constructor(private readonly members: MembersStore) {}

  /**
   * @param transaction the one that holds the head's lock, when something is changed: then the answer stays true
   * @returns the actor's part: an owner's, where all members are equal
   * @throws HooklineError not_a_member, insufficient_role
   */
  async require(
    action: ConversationAction,
    actor: Actor,
    conversation: Where,
    transaction?: Transaction,
  ): Promise<Part | 'master'> {
    const part =
      actor.kind === 'master' ? 'master' : await this.part(actor.userId, conversation, transaction);
    const refusal = whyNot(action, part, conversation.kind);
    if (refusal !== null) throw new HooklineError(refusal);
    return part;
  }

  private async part(
    userId: string,
    { key, equalMembers }: Where,
    transaction: Transaction | undefined,
  ): Promise<Part> {
    const part = await this.members.partOf(key, userId, transaction);
    return equalMembers && part === 'member' ? 'owner' : part;
  }
}
