import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import {
  isCustomEventType,
  seenEventOf,
  type Audience,
  type CustomEvent,
  type MessageEvent,
  type TimelineEvent,
} from '#contracts/event.js';
import { outranks } from '#domain/permissions/conversation-permissions.js';
import { isService } from '#domain/conversations/service.js';
import { isVisible, nothingVisible } from '#domain/timeline/visibility.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { MembersStore } from '../store/members.store.js';
import { MessagesStore } from '../store/messages.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

interface Target<Event> {
  readonly event: Event;
  readonly audience: Audience;
  /** A user has said it to a service. */
  readonly isInquiry: boolean;
  readonly isExpired: boolean;
}
/** A message that somebody wants to change. */
type TargetMessage = Target<MessageEvent>;
/** A message or custom event that somebody wants to change. */
export type TargetEvent = Target<MessageEvent | CustomEvent>;

/** Messages and custom events as those see them who want to change them, and whether they may. */
@Injectable()
export class TargetMessages {
  constructor(
    private readonly messages: MessagesStore,
    private readonly members: MembersStore,
    private readonly permissions: Permissions,
  ) {}

  /**
   * A message that the actor may edit: its own, or any with the master key.
   *
   * @param transaction the one that holds the head's lock; without it the answer is a first one, to be asked again
   * @throws HooklineError not_a_member, user_blocked, sender_blocked, member_silenced, event_not_found, not_a_message, not_the_sender, message_recalled,
   *   message_expired
   */
  async editable(
    conversation: ChangingConversation,
    eventId: string,
    actor: Actor,
    transaction?: Transaction,
  ): Promise<TargetMessage> {
    await this.permissions.require('changeOwnMessage', actor, conversation, transaction);
    if (actor.kind === 'user') {
      const sender = await this.members.senderState(conversation, actor.userId, transaction);
      if (sender?.isBlockedHere === true) throw new HooklineError('user_blocked');
      if (sender?.isBlocked === true) throw new HooklineError('sender_blocked');
      if ((sender?.silencedUntil ?? 0) > Date.now()) throw new HooklineError('member_silenced');
    }
    const { event, ...target } = await this.find(conversation, eventId, actor, transaction);
    if (event.type !== 'message') throw new HooklineError('not_a_message');
    if (actor.kind === 'user' && actor.userId !== event.senderId) throw new HooklineError('not_the_sender');
    if (event.recalledAt !== undefined) throw new HooklineError('message_recalled');
    if (target.isExpired) throw new HooklineError('message_expired');
    return { event, ...target };
  }

  /**
   * A message or custom event that the actor may recall: its own (silenced or not), or of whomever it outranks. It may be recalled already.
   *
   * @param transaction as for `editable`
   * @throws HooklineError not_a_member, user_blocked, event_not_found, not_a_message, insufficient_role
   */
  async recallable(
    conversation: ChangingConversation,
    eventId: string,
    actor: Actor,
    transaction?: Transaction,
  ): Promise<TargetEvent> {
    const { key } = conversation;
    await this.permissions.require('changeOwnMessage', actor, conversation, transaction);
    if (actor.kind === 'user' && isService(conversation.kind)) {
      const sender = await this.members.senderState(conversation, actor.userId, transaction);
      if (sender?.isBlockedHere === true) throw new HooklineError('user_blocked');
    }
    const target = await this.find(conversation, eventId, actor, transaction);
    const { senderId } = target.event;
    if (actor.kind === 'user' && actor.userId === senderId) return target;
    const part = await this.permissions.require('recallMessageOfOthers', actor, conversation, transaction);
    // Whoever has left has no part any more, so that every manager is above it.
    const isAbove = outranks(part, await this.members.partOf(key, senderId, transaction));
    if (!isAbove) throw new HooklineError('insufficient_role');
    return target;
  }

  private async find(
    { key }: ChangingConversation,
    eventId: string,
    actor: Actor,
    transaction?: Transaction,
  ): Promise<TargetEvent> {
    const found = await this.messages.find(key, eventId, transaction);
    if (found === null) throw new HooklineError('event_not_found');
    const { event, audience, isInquiry = false, isExpired } = found;
    if (actor.kind === 'user') {
      const range = (await this.members.membership(key, actor.userId, transaction)) ?? nothingVisible;
      if (!isVisible(seenEventOf(event, audience), actor.userId, range))
        throw new HooklineError('event_not_found');
    }
    if (event.type !== 'message' && !isCustomEvent(event)) throw new HooklineError('not_a_message');
    return { event, audience, isInquiry, isExpired };
  }
}

function isCustomEvent(event: TimelineEvent): event is CustomEvent {
  return isCustomEventType(event.type);
}
