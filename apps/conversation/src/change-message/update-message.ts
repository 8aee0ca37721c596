import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { Modification } from '#contracts/event.js';
import type { UpdateMessage as Question, UpdateOutcome } from '#contracts/message-changes.js';
import type { SendOutcome } from '#contracts/sending.js';
import { contentBytes } from '#contracts/message-content.js';
import { limits } from '#contracts/limits.js';
import { bodyOfContent } from '../store/event-row.js';
import { MessagesStore } from '../store/messages.store.js';
import { causeOf, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { EditVerdicts, type EditVerdict } from './edit-verdicts.js';
import { MessageChanges, type AskedOnce, type Said } from './message-changes.js';
import { TargetMessages } from './target-messages.js';

/** What is remembered under the request's key. Content stands in the timeline alone, where a recall finds it. */
type StoredOutcome =
  | (Said & {
      readonly outcome: 'stored';
      readonly modified: Omit<Modification, 'content'> | null;
      readonly isRewritten: boolean;
    })
  | Exclude<SendOutcome, { outcome: 'stored' }>;

/**
 * Puts other content into a message: hooks, then under the head's lock the row and the event about it in one transaction.
 * Whatever has happened to the message meanwhile is found there: a recall wins.
 */
@Injectable()
export class UpdateMessage {
  constructor(
    private readonly changes: MessageChanges,
    private readonly targets: TargetMessages,
    private readonly verdicts: EditVerdicts,
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
    const before = await this.changes.answered<StoredOutcome>(asked);
    if (before !== null) return this.answerOf(conversation, before);
    const verdict = await this.verdicts.of(conversation, question, () =>
      this.targets.editable(conversation, eventId, actor),
    );
    return this.answerOf(conversation, await this.store(conversation, question, asked, verdict));
  }

  private store(
    conversation: ChangingConversation,
    { eventId, actor, mentions }: Question,
    asked: AskedOnce,
    verdict: EditVerdict,
  ): Promise<StoredOutcome> {
    return this.changes.run<StoredOutcome>(conversation, asked, async ({ transaction, say }) => {
      const target = await this.targets.editable(conversation, eventId, actor, transaction);
      switch (verdict.kind) {
        case 'drop':
          return { outcome: 'dropped' };
        case 'reject':
          return { outcome: 'rejected', code: verdict.code, detail: verdict.detail };
        case 'deliver':
          break;
      }
      const { event, audience } = target;
      // What expires does so with all that was ever said in it.
      const body = {
        ...bodyOfContent('message.updated', verdict.content),
        mentions: mentions ?? event.mentions,
        expiresAt: event.expiresAt,
      };
      const said = await say(target, {
        senderId: causeOf(actor),
        body,
        audience: verdict.narrowed ?? audience,
      });
      await this.messages.rewrite(transaction, conversation.key, event.seq, body, said.timestamp);
      const { content: rewritten, ...modified } = verdict.modified ?? {};
      return {
        outcome: 'stored',
        ...said,
        modified: verdict.modified === null ? null : (modified as Omit<Modification, 'content'>),
        isRewritten: rewritten !== undefined,
      };
    });
  }

  /** @throws HooklineError rejected_by_hook */
  private async answerOf(conversation: ChangingConversation, stored: StoredOutcome): Promise<UpdateOutcome> {
    if (stored.outcome === 'dropped') return stored;
    if (stored.outcome === 'rejected') {
      const { code, detail } = stored;
      throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
    }
    const { isRewritten, modified, ...answer } = stored;
    if (modified === null || !isRewritten) return { ...answer, modified };
    const found = await this.messages.find(conversation.key, answer.eventId);
    const content = found?.event.type === 'message.updated' ? found.event.content : undefined;
    const isGone = content === undefined || content.type === 'recalled';
    return { ...answer, modified: isGone ? modified : { ...modified, content } };
  }
}
