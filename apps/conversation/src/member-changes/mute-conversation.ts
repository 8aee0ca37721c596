import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { Member, muteConversation } from '#contracts/members.js';
import { StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { memberNow } from './member-now.js';
import { MemberOperation } from './member-operation.js';

/**
 * Do not disturb: a user's own affair, so that it is no event. The user's other sessions learn of it as of a change of its
 * conversation list, and find it by that list's version when the notice is lost.
 */
@Injectable()
export class MuteConversation {
  constructor(
    private readonly operation: MemberOperation,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws HooklineError forbidden, member_not_found */
  async mute(question: z.output<typeof muteConversation.question>): Promise<Member> {
    const { actor, userId, muted } = question;
    if (actor.kind === 'user' && actor.userId !== userId)
      throw new HooklineError('forbidden', 'Only the member itself, or a server, may do this');
    const content = { userId, muted };
    const { key } = await this.operation.run('mute', question, content, async (transaction, conversation) => {
      const stay = await this.stays.find(conversation.key, userId, transaction);
      if (stay?.state !== 'joined') throw new HooklineError('member_not_found');
      if (stay.muted === muted) return null;
      await this.stays.mute(transaction, stay.id, muted);
      return this.changes.showAgain(transaction, conversation, userId);
    });
    return memberNow(this.stays, key, userId);
  }
}
