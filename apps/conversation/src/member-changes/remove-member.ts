import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { removeMember } from '#contracts/members.js';
import { Permissions } from '../permissions/permissions.port.js';
import { StaysStore } from '../store/stays.store.js';
import { LeaveConversation } from './leave-conversation.js';
import { MemberChanges } from './member-changes.port.js';
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

  /** @throws HooklineError member_not_found, not_a_member, insufficient_role, last_owner */
  async remove(question: z.output<typeof removeMember.question>): Promise<object> {
    const { actor, userId } = question;
    if (actor.kind === 'user' && actor.userId === userId) return this.leaving.leave(question);
    await this.operation.run('remove', question, userId, async (transaction, conversation) => {
      const part = await this.permissions.require('removeMember', actor, conversation.key, transaction);
      const stay = await this.stays.find(conversation.key, userId, transaction);
      if (stay === null) throw new HooklineError('member_not_found');
      if (stay.state === 'joined') requireHigher(part, stay.role);
      return this.changes.leave(transaction, conversation, stay, actor);
    });
    return {};
  }
}
