import { Injectable } from '@nestjs/common';
import type { Audience, MessageEvent, Modification } from '#contracts/event.js';
import { HooklineError } from '#contracts/errors.js';
import { runHooks } from '#contracts/hooks/run.js';
import type { UpdateMessage } from '#contracts/message-changes.js';
import type { MessageContent } from '#contracts/message-content.js';
import { audienceOfChange } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { MembersStore } from '../store/members.store.js';
import { causeOf, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import type { TargetMessage } from './target-messages.js';

/** An edit that may be made. */
export interface PassedEdit {
  readonly kind: 'deliver';
  readonly content: MessageContent;
  /** Who is told; null: whoever could see the message. */
  readonly narrowed: Audience | null;
  readonly modified: Modification | null;
}

type EditVerdict =
  | PassedEdit
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/**
 * What the `messageUpdate` hooks make of an edit. Recipients narrow who is told live; they can neither widen it nor hide
 * the message.
 */
@Injectable()
export class EditVerdicts {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly members: MembersStore,
  ) {}

  /** @throws HooklineError hook_failed, hook_engine_unavailable */
  async of(
    conversation: ChangingConversation,
    { applicationId, actor, content, origin }: UpdateMessage,
    { event, audience }: TargetMessage,
  ): Promise<EditVerdict> {
    const recipients = await this.recipients(conversation, event, audience);
    const { id, seq, senderId } = event;
    const verdict = await this.hooks.ask(runHooks.messageUpdate, {
      applicationId,
      conversation: { id: conversation.id, kind: conversation.kind },
      origin,
      initiatorId: causeOf(actor),
      event: { id, seq, type: 'message', senderId, content },
      recall: false,
      recipients,
    });
    if (verdict.kind !== 'deliver') return verdict;
    const { proposal, hookIds } = verdict;
    // Hooks give no such content: see `messageHookAnswer`.
    if (proposal.content.type === 'recalled') throw new HooklineError('hook_engine_unavailable');
    const narrowed = audienceOfChange(recipients, proposal.recipients);
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

  /** Whoever can see the message, and so its edit, besides its sender. */
  private async recipients(
    { key, kind, historyVisibility }: ChangingConversation,
    { senderId, seq }: MessageEvent,
    audience: Audience,
  ): Promise<string[]> {
    const others = (userIds: Iterable<string>): string[] => [...userIds].filter((id) => id !== senderId);
    if (audience.kind === 'listed') return others(audience.userIds);
    const isRoom = kind === 'room';
    const participants = await this.members.participants(key, null, { isRoom });
    const present = others(participants?.members.keys() ?? []);
    if (isRoom || historyVisibility === 'start') return present;
    // Who came after the message sees neither it nor its edit, and must not be listed for it.
    const memberships = await this.members.membershipsOf(key, present);
    return present.filter((userId) => (memberships.get(userId)?.fromSeq ?? Infinity) <= seq);
  }
}
