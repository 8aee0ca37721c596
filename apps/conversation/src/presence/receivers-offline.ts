import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { decideNotification } from '#contracts/absence.js';
import { HooklineError } from '#contracts/errors.js';
import { seenEventOf, type MessageEvent } from '#contracts/event.js';
import { runHooks, type ProposalOf, type QuestionOf } from '#contracts/hooks/run.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isVisible, nothingVisible } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { ConversationsStore, type ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { PresenceStore } from '../store/presence.store.js';

type Question = z.output<typeof decideNotification.question>;
type Decision = z.output<typeof decideNotification.answer>;
type FoundMessage = Pick<LiveEvent, 'audience'> & { readonly event: MessageEvent };

/** What the `receiversOffline` hooks make of a notification before it is sent. */
@Injectable()
export class ReceiversOffline {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly conversations: ConversationsStore,
    private readonly messages: MessagesStore,
    private readonly members: MembersStore,
    private readonly presence: PresenceStore,
  ) {}

  /**
   * Which of these applications have such hooks. Where that cannot be known now it counts as such: `decide` finds out
   * later, and meanwhile the notifications of others go on.
   */
  async among(asked: readonly { readonly applicationId: string }[]): Promise<Set<string>> {
    const applicationIds = [...new Set(asked.map(({ applicationId }) => applicationId))];
    const areConcerned = await Promise.all(
      applicationIds.map((applicationId) =>
        this.hooks.concern(applicationId, 'receiversOffline').catch((error: unknown) => {
          if (error instanceof HooklineError) return true;
          throw error;
        }),
      ),
    );
    return new Set(applicationIds.filter((_, place) => areConcerned[place]));
  }

  /** @throws HooklineError application_not_found, hook_failed, hook_engine_unavailable */
  async decide(question: Question): Promise<Decision> {
    const { applicationId, conversationId, eventId, userIds } = question;
    const conversation = await this.conversations.handle(applicationId, conversationId);
    const found = conversation === null ? null : await this.messages.find(conversation.key, eventId);
    if (conversation === null || found === null || found.isExpired) return null;
    const { event } = found;
    if (event.type !== 'message' || event.content.type === 'recalled') return null;
    const isConcerned =
      conversation.kind !== 'room' && (await this.hooks.concern(applicationId, 'receiversOffline'));
    if (!isConcerned) return { event, userIds: [...userIds], push: null };
    const verdict = await this.hooks.ask(
      runHooks.receiversOffline,
      {
        applicationId,
        conversation: { id: conversationId, kind: conversation.kind },
        origin: question.origin,
        event,
        ...absenteesOf(event, question),
      },
      question.commandId,
    );
    if (verdict.kind !== 'deliver') return { event, userIds: [], push: null };
    const { proposal } = verdict;
    const wanted = await this.notified(conversation, { ...found, event }, question, proposal);
    return { event, userIds: wanted, push: proposal.push };
  }

  /** Whom a hook names besides the absent is notified too, if it may see the message. */
  private async notified(
    { key }: ConversationHandle,
    { event, audience }: FoundMessage,
    { applicationId, userIds, mutedUserIds }: Question,
    { recipients, force }: ProposalOf<'receiversOffline'>,
  ): Promise<string[]> {
    const allowed = new Set(force ? [...userIds, ...mutedUserIds] : userIds);
    const others = recipients.filter((userId) => !allowed.has(userId) && !mutedUserIds.includes(userId));
    if (others.length > 0) {
      const memberships = await this.members.membershipsOf(key, others);
      for (const { userId, muted } of await this.presence.among(applicationId, key, event.seq, others)) {
        const range = memberships.get(userId) ?? nothingVisible;
        if ((force || !muted) && isVisible(seenEventOf(event, audience), userId, range)) allowed.add(userId);
      }
    }
    return recipients.filter((userId) => allowed.has(userId));
  }
}

function absenteesOf(
  { mentions }: MessageEvent,
  { userIds, mutedUserIds }: Question,
): Pick<
  QuestionOf<'receiversOffline'>['request'],
  'offlineRecipients' | 'mentionsEveryone' | 'mentionedOffline'
> {
  const offlineRecipients = [...userIds, ...mutedUserIds];
  const mentionsEveryone = mentions?.everyone ?? false;
  const named = new Set(mentionsEveryone ? [] : mentions?.userIds);
  return {
    offlineRecipients,
    mentionsEveryone,
    mentionedOffline: offlineRecipients.filter((userId) => named.has(userId)),
  };
}
