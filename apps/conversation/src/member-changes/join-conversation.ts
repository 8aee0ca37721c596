import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { joinConversation, Member } from '#contracts/members.js';
import { whyNotJoin } from '#domain/permissions/may-join.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { memberNow } from './member-now.js';
import { adding } from './member-hooks.js';
import { MemberOperation } from './member-operation.js';

/** A user comes by itself: invited, or into a conversation that is open. */
@Injectable()
export class JoinConversation {
  constructor(
    private readonly operation: MemberOperation,
    private readonly conversations: ConversationsStore,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws HooklineError not_a_member, member_exists, what hooks decide, and what `MemberChanges.join` throws */
  async join(question: z.output<typeof joinConversation.question>): Promise<Member> {
    const { userId } = question;
    const { key } = await this.operation.run(
      'join',
      question,
      userId,
      async (transaction, conversation) => {
        const invitation = await this.stays.find(conversation.key, userId, transaction);
        const joinRule = await this.conversations.joinRule(transaction, conversation.key);
        const part =
          invitation === null ? 'outsider' : invitation.state === 'invited' ? 'invited' : invitation.role;
        const refusal = whyNotJoin({ part, joinRule });
        if (refusal !== null) throw new HooklineError(refusal);
        const role = invitation?.role ?? 'member';
        return this.changes.join(transaction, conversation, [{ userId, role }], question);
      },
      { hooks: adding(question) },
    );
    return memberNow(this.stays, key, userId);
  }
}
