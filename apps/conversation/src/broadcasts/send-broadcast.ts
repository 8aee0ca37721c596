import { Injectable } from '@nestjs/common';
import type { BroadcastOutcome, LiveBroadcast, SendBroadcast as Question } from '#contracts/broadcasts.js';
import { HooklineError } from '#contracts/errors.js';
import type { Modification } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { contentBytes } from '#contracts/message-content.js';
import type { Transaction } from '#platform/database/database.js';
import { HookedOperations, type Refused } from '../hooks/hooked-operations.port.js';
import { bodyOfContent } from '../store/event-row.js';
import { MessagesStore } from '../store/messages.store.js';
import type { AskedOnce } from '../store/once-per-key.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { BroadcastChanges } from './broadcast-changes.js';
import { BroadcastDrafts } from './broadcast-drafts.js';
import { BroadcastHooks, type PassedBroadcast } from './broadcast-hooks.js';

/** What is remembered under the request's key. Content stands in the timeline alone, where a recall finds it. */
type Remembered = Extract<BroadcastOutcome, { outcome: 'stored' }> & {
  readonly modified: Omit<Modification, 'content'> | null;
  readonly isRewritten: boolean;
};

/**
 * Accepts a message of a service for all users of its application: hooks, then under the head's lock one event, the one row by
 * which everybody reads it, and its number. Nothing is written for any user: see docs/adr/0023-broadcasts.md.
 */
@Injectable()
export class SendBroadcast {
  constructor(
    private readonly changes: BroadcastChanges,
    private readonly drafts: BroadcastDrafts,
    private readonly hooked: HookedOperations,
    private readonly hooks: BroadcastHooks,
    private readonly messages: MessagesStore,
  ) {}

  /** @throws HooklineError see the operation `sendBroadcast` */
  async send(question: Question): Promise<BroadcastOutcome> {
    const { applicationId, conversationId, request } = question;
    const { senderId, content, mentions, attachments, validTill, push } = question;
    if (contentBytes(content) > limits.messageBytes) throw new HooklineError('message_too_large');
    const service = await this.changes.service(applicationId, conversationId);
    const asked: AskedOnce = {
      applicationId,
      request,
      content: { broadcast: conversationId, senderId, content, mentions, attachments, validTill, push },
    };
    const outcome = await this.hooked.run('messageReceived', asked, {
      ask: async () => {
        const checked = await this.changes.rehearse(service, (transaction) =>
          this.drafts.check(transaction, question),
        );
        return this.hooks.ask(service, question, checked.attachments);
      },
      act: (passed) => this.store(service, question, asked, passed),
    });
    return outcome.outcome === 'dropped' ? outcome : this.answerOf(service, outcome);
  }

  private async store(
    service: ChangingConversation,
    question: Question,
    asked: AskedOnce,
    passed: PassedBroadcast | null,
  ): Promise<Remembered | Refused> {
    let stored = null as LiveBroadcast | null;
    const outcome = await this.changes.run<Remembered | Refused>(
      service,
      asked,
      async (transaction, state) => {
        if (state === 'inactive') throw new HooklineError('conversation_inactive');
        stored = await this.append(transaction, service, question, passed?.content ?? question.content);
        const { number, validTill, live } = stored;
        const { id: eventId, seq, timestamp } = live.event;
        const { content: rewritten, ...modified } = passed?.modified ?? { hookIds: [] };
        return {
          outcome: 'stored',
          ...{ eventId, seq, timestamp, number, validTill },
          modified: modified.hookIds.length === 0 ? null : modified,
          isRewritten: rewritten !== undefined,
        };
      },
    );
    if (stored !== null) this.changes.tell(service, stored);
    return outcome;
  }

  private async append(
    transaction: Transaction,
    service: ChangingConversation,
    question: Question,
    content: Question['content'],
  ): Promise<LiveBroadcast> {
    const { validTill, attachments } = await this.drafts.check(transaction, question);
    const { senderId, origin, mentions, push } = question;
    const { event: live, appended } = await this.changes.append(transaction, service, {
      origin,
      senderId,
      body: { ...bodyOfContent('message', content), mentions, attachments },
      audience: { kind: 'broadcast' },
      ...(push !== null && { push }),
    });
    const { seq } = appended;
    const number = await this.drafts.number(transaction, question, {
      conversationKey: service.key,
      seq,
      validTill,
    });
    return { number, validTill: validTill.getTime(), live };
  }

  private async answerOf(
    { key }: ChangingConversation,
    { isRewritten, modified, ...answer }: Remembered,
  ): Promise<BroadcastOutcome> {
    if (modified === null || !isRewritten) return { ...answer, modified };
    const found = await this.messages.find(key, answer.eventId);
    const content = found?.event.type === 'message' ? found.event.content : undefined;
    const isGone = content === undefined || content.type === 'recalled';
    return { ...answer, modified: isGone ? modified : { ...modified, content } };
  }
}
