import { Injectable } from '@nestjs/common';
import type { Audience, MessageEvent, Modification } from '#contracts/event.js';
import type { UpdateMessage } from '#contracts/message-changes.js';
import type { MessageContent } from '#contracts/message-content.js';
import { audienceOfChange } from '#domain/timeline/visibility.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import { PassHooks } from '../send-event/pass-hooks.port.js';
import { MembersStore } from '../store/members.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import type { TargetMessage } from './target-messages.js';

export type EditVerdict =
  | {
      readonly kind: 'deliver';
      readonly content: MessageContent;
      /** Who is told; null: whoever could see the message. */
      readonly narrowed: Audience | null;
      readonly modified: Modification | null;
    }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/**
 * What the `messageReceived` hooks make of an edit: it passes the same hooks as a new message, or moderation could be got
 * round by editing. Recipients narrow who is told live; they can neither widen it nor hide the message.
 */
@Injectable()
export class EditVerdicts {
  constructor(
    private readonly hooks: PassHooks,
    private readonly members: MembersStore,
  ) {}

  /** @throws HooklineError hook_failed, hook_engine_unavailable, what `target` throws */
  async of(
    conversation: ChangingConversation,
    { applicationId, content, origin }: UpdateMessage,
    target: () => Promise<TargetMessage>,
  ): Promise<EditVerdict> {
    if (!(await this.hooks.concern(applicationId)))
      return { kind: 'deliver', content, narrowed: null, modified: null };
    const { event, audience } = await target();
    const recipients = await this.recipients(conversation, event, audience);
    const verdict = await this.hooks.ask({
      applicationId,
      commandId: timeOrderedId(),
      conversation: { id: conversation.id, kind: conversation.kind },
      origin,
      event: { type: 'message', senderId: event.senderId, content, targetId: event.id },
      recipients,
    });
    if (verdict.kind !== 'deliver') return verdict;
    const decided = verdict.audience.kind === 'listed' ? verdict.audience.userIds : recipients;
    const narrowed = audienceOfChange(recipients, decided);
    return {
      kind: 'deliver',
      content: verdict.content,
      narrowed,
      modified: told(verdict.modified, narrowed),
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

/** The recipients that an edit really has. */
function told(modified: Modification | null, narrowed: Audience | null): Modification | null {
  if (modified === null) return null;
  const { recipients: _asked, ...others } = modified;
  return narrowed?.kind === 'listed' ? { ...others, recipients: [...narrowed.userIds] } : others;
}
