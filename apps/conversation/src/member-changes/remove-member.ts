import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { removeMember, removeMembers } from '#contracts/members.js';
import type { Part } from '#domain/permissions/conversation-permissions.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { StaysStore, type Stay } from '../store/stays.store.js';
import type { ChangingConversation, DoneBy } from '../timeline-changes/timeline-changes.port.js';
import { LeaveConversation } from './leave-conversation.js';
import { MemberChanges, type MemberChange } from './member-changes.port.js';
import { removing } from './member-hooks.js';
import { MemberOperation } from './member-operation.js';
import { requireHigher } from './require-higher.js';

/** Somebody makes another one go, or takes back an invitation. */
@Injectable()
export class RemoveMember {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
    private readonly leaving: LeaveConversation,
  ) {}

  /** @throws HooklineError member_not_found, not_a_member, insufficient_role, last_owner, what hooks decide */
  async remove(question: z.output<typeof removeMember.question>): Promise<object> {
    const { actor, userId } = question;
    if (actor.kind === 'user' && actor.userId === userId) return this.leaving.leave(question);
    await this.operation.run(
      'remove',
      question,
      userId,
      async (transaction, conversation) => {
        const part = await this.permissions.require('removeMember', actor, conversation, transaction);
        const change = await this.end(transaction, conversation, { part, by: question, userId });
        if (change === null) throw new HooklineError('member_not_found');
        return change;
      },
      { hooks: removing(question) },
    );
    return {};
  }

  /** @throws HooklineError not_a_member, insufficient_role, what hooks decide */
  async removeAll(question: z.output<typeof removeMembers.question>): Promise<object> {
    const { actor, userIds } = question;
    await this.operation.run(
      'removeAll',
      question,
      userIds,
      async (transaction, conversation) => {
        const part = await this.permissions.require('removeMember', actor, conversation, transaction);
        const stays = await this.stays.among(conversation.key, userIds, transaction);
        return this.endAll(transaction, conversation, { part, by: question, stays });
      },
      { hooks: removing(question) },
    );
    return {};
  }

  /**
   * The head must be locked.
   *
   * @returns null when the user is neither in nor invited
   * @throws HooklineError insufficient_role
   */
  async end(
    transaction: Transaction,
    conversation: ChangingConversation,
    { part, by, userId }: { readonly part: Part | 'master'; readonly by: DoneBy; readonly userId: string },
  ): Promise<MemberChange | null> {
    const stay = await this.stays.find(conversation.key, userId, transaction);
    return this.endAll(transaction, conversation, { part, by, stays: stay === null ? [] : [stay] });
  }

  private async endAll(
    transaction: Transaction,
    conversation: ChangingConversation,
    { part, by, stays }: { part: Part | 'master'; by: DoneBy; stays: readonly Stay[] },
  ): Promise<MemberChange | null> {
    for (const { state, role } of stays) if (state === 'joined') requireHigher(part, role);
    return stays.length === 0 ? null : this.changes.leave(transaction, conversation, stays, by);
  }
}
