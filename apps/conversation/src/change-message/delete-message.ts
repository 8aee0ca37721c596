import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { DeleteMessage as Question } from '#contracts/message-changes.js';
import { MessagesStore, type FoundEvent } from '../store/messages.store.js';
import { MessageChanges } from './message-changes.js';

/**
 * Takes the server's copy of a message away, of all who may see it or of one of those for whom it is by name. No event says so
 * and no hook is asked: clients that have it keep it.
 */
@Injectable()
export class DeleteMessage {
  constructor(
    private readonly changes: MessageChanges,
    private readonly messages: MessagesStore,
  ) {}

  /** @throws HooklineError forbidden, conversation_not_found, conversation_inactive, event_not_found, not_a_message */
  async delete(question: Question): Promise<object> {
    const { applicationId, conversationId, eventId, readerId, actor, request } = question;
    if (actor.kind !== 'master') throw new HooklineError('forbidden');
    const conversation = await this.changes.conversation(applicationId, conversationId);
    const asked = { applicationId, request, content: { delete: eventId, conversationId, readerId } };
    return this.changes.run(conversation, asked, async ({ transaction }) => {
      const found = await this.messages.find(conversation.key, eventId, transaction);
      if (found === null || found.isExpired || !(readerId === null || isFor(found, readerId)))
        throw new HooklineError('event_not_found');
      const { type, seq } = found.event;
      if (type !== 'message') throw new HooklineError('not_a_message');
      if (readerId === null) await this.messages.remove(transaction, conversation.key, seq);
      else await this.messages.hideFrom(transaction, conversation.key, seq, readerId);
      return {};
    });
  }
}

/**
 * What is for everybody cannot be taken from one of them; nor can a message from its sender, who is found by it when everything
 * that a deleted user has said to a service has to be found.
 */
function isFor({ audience, event }: FoundEvent, userId: string): boolean {
  return audience.kind === 'listed' && audience.userIds.includes(userId) && event.senderId !== userId;
}
