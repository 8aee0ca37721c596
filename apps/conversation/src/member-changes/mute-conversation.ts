import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { muteConversation } from '#contracts/members.js';
import { StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { muting } from './member-hooks.js';
import { MemberOperation } from './member-operation.js';

type Answer = z.output<typeof muteConversation.answer>;

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

  /** @throws HooklineError forbidden, member_not_found, what hooks decide */
  async mute(question: z.output<typeof muteConversation.question>): Promise<Answer> {
    const { actor, userId, muted: wanted } = question;
    if (actor.kind === 'user' && actor.userId !== userId)
      throw new HooklineError('forbidden', 'Only the member itself, or a server, may do this');
    const content = { userId, muted: wanted };
    const { passed } = await this.operation.run(
      'mute',
      question,
      content,
      async (transaction, conversation, proposal) => {
        const stay = await this.stays.find(conversation.key, userId, transaction);
        if (stay?.state !== 'joined') throw new HooklineError('member_not_found');
        const muted = proposal?.muted ?? wanted;
        if (stay.muted === muted) return null;
        await this.stays.mute(transaction, stay.id, muted);
        return this.changes.showAgain(transaction, conversation, userId);
      },
      { hooks: muting(question, wanted) },
    );
    const muted = passed?.proposal.muted ?? wanted;
    const modified = passed === null || muted === wanted ? null : { muted, hookIds: [...passed.hookIds] };
    return { muted, modified };
  }
}
