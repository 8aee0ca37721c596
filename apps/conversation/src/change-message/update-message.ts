import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { Modification } from '#contracts/event.js';
import type { UpdateMessage as Question, UpdateOutcome } from '#contracts/message-changes.js';
import { contentBytes } from '#contracts/message-content.js';
import { limits } from '#contracts/limits.js';
import { HookedOperations, type Refused } from '../hooks/hooked-operations.port.js';
import { bodyOfContent } from '../store/event-row.js';
import { MessagesStore } from '../store/messages.store.js';
import type { AskedOnce } from '../store/once-per-key.js';
import { causeOf, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { MessageChanges, type Said } from './message-changes.js';
import { TargetMessages } from './target-messages.js';
import { UpdateVerdicts, type PassedEdit } from './update-verdicts.js';

/** What is remembered under the request's key. Content stands in the timeline alone, where a recall finds it. */
interface StoredEdit extends Said {
  readonly outcome: 'stored';
  readonly modified: Omit<Modification, 'content'> | null;
  readonly isRewritten: boolean;
}

/**
 * Puts other content into a message: hooks, then under the head's lock the row and the event about it in one transaction.
 * Whatever has happened to the message meanwhile is found there: a recall wins.
 */
@Injectable()
export class UpdateMessage {
  constructor(
    private readonly changes: MessageChanges,
    private readonly targets: TargetMessages,
    private readonly hooked: HookedOperations,
    private readonly verdicts: UpdateVerdicts,
    private readonly messages: MessagesStore,
  ) {}

  /** @throws HooklineError see the operation `updateMessage` */
  async update(question: Question): Promise<UpdateOutcome> {
    const { applicationId, conversationId, eventId, actor, content, mentions, request } = question;
    if (contentBytes(content) > limits.messageBytes) throw new HooklineError('message_too_large');
    const conversation = await this.changes.conversation(applicationId, conversationId);
    const asked: AskedOnce = {
      applicationId,
      request,
      content: { update: eventId, conversationId, content, mentions },
    };
    const outcome = await this.hooked.run('messageUpdate', asked, {
      ask: async () => {
        const target = await this.targets.editable(conversation, eventId, actor);
        return this.verdicts.ofEdit(conversation, question, target);
      },
      act: (passed) =>
        this.store(conversation, question, asked, passed ?? { content, narrowed: null, modified: null }),
    });
    return outcome.outcome === 'dropped' ? outcome : this.answerOf(conversation, outcome);
  }

  private store(
    conversation: ChangingConversation,
    { eventId, actor, origin, mentions }: Question,
    asked: AskedOnce,
    passed: Omit<PassedEdit, 'kind'>,
  ): Promise<StoredEdit | Refused> {
    return this.changes.run<StoredEdit | Refused>(conversation, asked, async ({ transaction, say }) => {
      const target = await this.targets.editable(conversation, eventId, actor, transaction);
      const { event, audience } = target;
      // What expires does so with all that was ever said in it.
      const body = {
        ...bodyOfContent('message.updated', passed.content),
        mentions: mentions ?? event.mentions,
        expiresAt: event.expiresAt,
      };
      const said = await say(target, {
        origin,
        senderId: causeOf(actor),
        body,
        audience: passed.narrowed ?? audience,
      });
      await this.messages.rewrite(transaction, conversation.key, event.seq, body, said.timestamp);
      const { content: rewritten, ...modified } = passed.modified ?? {};
      return {
        outcome: 'stored',
        ...said,
        modified: passed.modified === null ? null : (modified as Omit<Modification, 'content'>),
        isRewritten: rewritten !== undefined,
      };
    });
  }

  private async answerOf(
    conversation: ChangingConversation,
    { isRewritten, modified, ...answer }: StoredEdit,
  ): Promise<UpdateOutcome> {
    if (modified === null || !isRewritten) return { ...answer, modified };
    const found = await this.messages.find(conversation.key, answer.eventId);
    const content = found?.event.type === 'message.updated' ? found.event.content : undefined;
    const isGone = content === undefined || content.type === 'recalled';
    return { ...answer, modified: isGone ? modified : { ...modified, content } };
  }
}
