import { Injectable } from '@nestjs/common';
import type { Audience, Modification } from '#contracts/event.js';
import { HooklineError } from '#contracts/errors.js';
import { runHooks, type ProposalOf } from '#contracts/hooks/run.js';
import type { RecallMessage, UpdateMessage } from '#contracts/message-changes.js';
import type { MessageContent, ShownContent } from '#contracts/message-content.js';
import { audienceOfChange } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { MembersStore } from '../store/members.store.js';
import { causeOf, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import type { TargetEvent } from './target-messages.js';

/** A recall that may be done. */
interface PassedRecall {
  readonly kind: 'deliver';
  /** Who is told; null: whoever could see the message. */
  readonly narrowed: Audience | null;
}

/** An edit that may be made. */
export interface PassedEdit extends PassedRecall {
  readonly content: MessageContent;
  readonly modified: Modification | null;
}

type Refusal =
  { readonly kind: 'drop' } | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

interface Decided extends PassedRecall {
  readonly proposal: ProposalOf<'messageUpdate'>;
  readonly hookIds: readonly string[];
}

/**
 * What the `messageUpdate` hooks make of an edit or a recall. Recipients narrow who is told live; they can neither widen it
 * nor hide the message.
 */
@Injectable()
export class UpdateVerdicts {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly members: MembersStore,
  ) {}

  /** @throws HooklineError hook_failed, hook_engine_unavailable */
  async ofEdit(
    conversation: ChangingConversation,
    question: UpdateMessage,
    target: TargetEvent,
  ): Promise<PassedEdit | Refusal> {
    const { content } = question;
    const decided = await this.ask(conversation, question, target, content);
    if (decided.kind !== 'deliver') return decided;
    const { proposal, hookIds, narrowed } = decided;
    // Hooks give no such content: see `messageHookAnswer`.
    if (proposal.content.type === 'recalled') throw new HooklineError('hook_engine_unavailable');
    const rewritten = JSON.stringify(proposal.content) === JSON.stringify(content) ? null : proposal.content;
    const modified: Modification = {
      hookIds: [...hookIds],
      ...(rewritten !== null && { content: rewritten }),
      ...(narrowed?.kind === 'listed' && { recipients: [...narrowed.userIds] }),
    };
    return {
      kind: 'deliver',
      content: proposal.content,
      narrowed,
      modified: hookIds.length === 0 ? null : modified,
    };
  }

  /** @throws HooklineError hook_failed, hook_engine_unavailable */
  ofRecall(
    conversation: ChangingConversation,
    question: RecallMessage,
    target: TargetEvent,
  ): Promise<PassedRecall | Refusal> {
    return this.ask(conversation, question, target, { type: 'recalled' });
  }

  private async ask(
    conversation: ChangingConversation,
    { applicationId, actor, origin }: RecallMessage,
    { event, audience }: TargetEvent,
    content: ShownContent,
  ): Promise<Decided | Refusal> {
    const recipients = await this.recipients(conversation, event, audience);
    const { id, seq, type, senderId } = event;
    const verdict = await this.hooks.ask(runHooks.messageUpdate, {
      applicationId,
      conversation: { id: conversation.id, kind: conversation.kind },
      origin,
      initiatorId: causeOf(actor),
      event: { id, seq, type, senderId, content },
      recall: content.type === 'recalled',
      recipients,
    });
    if (verdict.kind !== 'deliver') return verdict;
    const { proposal, hookIds } = verdict;
    const narrowed = audienceOfChange(recipients, proposal.recipients);
    return { kind: 'deliver', narrowed, proposal, hookIds };
  }

  /** Whoever can see the message, and so its edit, besides its sender. */
  private async recipients(
    { key, kind, historyVisibility }: ChangingConversation,
    { senderId, seq }: TargetEvent['event'],
    audience: Audience,
  ): Promise<string[]> {
    const others = (userIds: Iterable<string>): string[] => [...userIds].filter((id) => id !== senderId);
    if (audience.kind === 'listed') return others(audience.userIds);
    const participants = await this.members.participants(key, null, kind);
    const present = others(participants?.members.keys() ?? []);
    if (kind === 'room' || historyVisibility === 'start') return present;
    // Who came after the message sees neither it nor its edit, and must not be listed for it.
    const memberships = await this.members.membershipsOf(key, present);
    return present.filter((userId) => (memberships.get(userId)?.fromSeq ?? Infinity) <= seq);
  }
}
