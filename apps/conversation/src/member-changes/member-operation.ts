import { Injectable } from '@nestjs/common';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { HooklineError } from '#contracts/errors.js';
import { hasMembers } from '#domain/permissions/may-join.js';
import type { Transaction } from '#platform/database/database.js';
import { OncePerKey } from '../store/once-per-key.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { MemberChanges, type MemberChange } from './member-changes.port.js';

interface Asked {
  readonly applicationId: string;
  readonly conversationId: string;
  readonly request: IdempotentRequest | null;
}

/** What every operation on members does around its decision: once per key, under the head's lock, told after the commit. */
@Injectable()
export class MemberOperation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly changes: MemberChanges,
    private readonly once: OncePerKey,
  ) {}

  /**
   * @param name which operation: a user's keys are shared by all of them
   * @param content what else makes it the same request
   * @param work changes, or has nothing to change (null)
   * @returns the conversation. With a repeated key neither the work nor its check is done: what is read for the answer has
   *   to be allowed anew, or whoever was thrown out reads what has become of it
   * @throws HooklineError conversation_not_found, conversation_inactive, wrong_conversation_kind, and what `work` throws
   */
  async run(
    name: string,
    { applicationId, conversationId, request }: Asked,
    content: unknown,
    work: (transaction: Transaction, conversation: ChangingConversation) => Promise<MemberChange | null>,
    { inRooms = false } = {},
  ): Promise<ChangingConversation> {
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    let change: MemberChange | null = null;
    await this.timeline.transaction(async (transaction) => {
      // The head before the key, as sending does: the other way round the two would wait for each other.
      const state = await this.timeline.lockInAnyState(transaction, conversation);
      return this.once.run(
        transaction,
        { applicationId, request, content: [name, conversationId, content] },
        async () => {
          if (state === 'inactive') throw new HooklineError('conversation_inactive');
          const isPossible = hasMembers(conversation.kind) || (inRooms && conversation.kind === 'room');
          if (!isPossible) throw new HooklineError('wrong_conversation_kind');
          change = await work(transaction, conversation);
          return {};
        },
      );
    });
    this.changes.tell(change);
    return conversation;
  }
}
