import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { Recalled, RecallMessage as Question } from '#contracts/message-changes.js';
import { HookedOperations } from '../hooks/hooked-operations.port.js';
import { MessagesStore } from '../store/messages.store.js';
import { causeOf } from '../timeline-changes/timeline-changes.port.js';
import { MessageChanges } from './message-changes.js';
import { TargetMessages } from './target-messages.js';
import { UpdateVerdicts } from './update-verdicts.js';

/**
 * Deletes a message's content, and that of its edits, or a custom event's data, in the transaction that stores the event about it. What was handed
 * over before (to clients, webhooks, hooks, devices) is not called back.
 */
@Injectable()
export class RecallMessage {
  constructor(
    private readonly changes: MessageChanges,
    private readonly targets: TargetMessages,
    private readonly hooked: HookedOperations,
    private readonly verdicts: UpdateVerdicts,
    private readonly messages: MessagesStore,
  ) {}

  /** @throws HooklineError see the operation `recallMessage` */
  async recall(question: Question): Promise<Recalled> {
    const { applicationId, conversationId, eventId, actor, origin, request } = question;
    const conversation = await this.changes.conversation(applicationId, conversationId);
    const asked = { applicationId, request, content: { recall: eventId, conversationId } };
    return this.hooked.run('messageUpdate', asked, {
      ask: async () => {
        const target = await this.targets.recallable(conversation, eventId, actor);
        if (target.event.recalledAt !== undefined) return null;
        if (target.isExpired) throw new HooklineError('message_expired');
        return this.verdicts.ofRecall(conversation, question, target);
      },
      act: (passed) =>
        this.changes.run<Recalled>(conversation, asked, async ({ transaction, say }) => {
          const target = await this.targets.recallable(conversation, eventId, actor, transaction);
          const { seq, recalledAt } = target.event;
          if (recalledAt !== undefined) {
            const before = await this.messages.recallOf(transaction, conversation.key, seq);
            if (before === null) throw new HooklineError('message_recalled');
            return before;
          }
          if (target.isExpired) throw new HooklineError('message_expired');
          const recalled = await say(target, {
            origin,
            senderId: causeOf(actor),
            body: { type: 'message.recalled', contentType: 'json', content: null, binary: null },
            audience: passed?.narrowed ?? target.audience,
          });
          await this.messages.erase(transaction, conversation.key, seq, recalled.timestamp);
          return recalled;
        }),
    });
  }
}
