import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { leaveConversation } from '#contracts/members.js';
import { mustStayOwner } from '#domain/permissions/last-owner.js';
import { othersThan } from './others-than.js';
import { StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { MemberOperation } from './member-operation.js';

/** A user goes, or declines an invitation. */
@Injectable()
export class LeaveConversation {
  constructor(
    private readonly operation: MemberOperation,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws HooklineError not_a_member, last_owner */
  async leave(question: z.output<typeof leaveConversation.question>): Promise<object> {
    const { userId } = question;
    await this.operation.run('leave', question, userId, async (transaction, conversation) => {
      const stay = await this.stays.find(conversation.key, userId, transaction);
      if (stay === null) throw new HooklineError('not_a_member');
      if (stay.state === 'joined' && stay.role === 'owner') {
        const present = await this.stays.present(conversation.key, transaction);
        if (mustStayOwner(stay.role, othersThan(stay, present))) throw new HooklineError('last_owner');
      }
      return this.changes.leave(transaction, conversation, [stay], question);
    });
    return {};
  }
}
