import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import { whyNot, type ConversationAction, type Part } from '#domain/permissions/conversation-permissions.js';
import type { Transaction } from '#platform/database/database.js';
import { MembersStore } from '../store/members.store.js';

/** Whether somebody may do something in a conversation. */
@Injectable()
export class Permissions {
  constructor(private readonly members: MembersStore) {}

  /**
   * @param transaction the one that holds the head's lock, when something is changed: then the answer stays true
   * @returns the actor's part
   * @throws HooklineError not_a_member, insufficient_role
   */
  async require(
    action: ConversationAction,
    actor: Actor,
    conversationKey: bigint,
    transaction?: Transaction,
  ): Promise<Part | 'master'> {
    const part =
      actor.kind === 'master'
        ? 'master'
        : await this.members.partOf(conversationKey, actor.userId, transaction);
    const refusal = whyNot(action, part);
    if (refusal !== null) throw new HooklineError(refusal);
    return part;
  }
}
