import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { deleteConversation } from '#contracts/conversations.js';
import { Permissions } from '../permissions/permissions.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import { TimelineChanges } from '../timeline-changes/timeline-changes.port.js';
import { ConversationEnd, type Ended } from './conversation-end.js';

/** Deletes a conversation because somebody asks for it. */
@Injectable()
export class DeleteConversation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly permissions: Permissions,
    private readonly end: ConversationEnd,
    private readonly once: OncePerKey,
  ) {}

  /** @throws HooklineError conversation_not_found, not_a_member, insufficient_role */
  async delete(question: z.output<typeof deleteConversation.question>): Promise<void> {
    const { applicationId, conversationId, actor, request } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    let ended = null as Ended | null;
    await this.timeline.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: { conversationId } }, async () => {
        await this.timeline.lockInAnyState(transaction, conversation);
        await this.permissions.require('deleteConversation', actor, conversation, transaction);
        ended = await this.end.record(transaction, conversation);
        return {};
      }),
    );
    if (ended !== null) this.end.tell(ended);
  }
}
