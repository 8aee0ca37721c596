import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import { seenEventOf, type Audience, type MessageEvent } from '#contracts/event.js';
import { outranks } from '#domain/permissions/conversation-permissions.js';
import { isVisible, nothingVisible } from '#domain/timeline/visibility.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { MembersStore } from '../store/members.store.js';
import { MessagesStore } from '../store/messages.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** A message that somebody wants to change. */
export interface TargetMessage {
  readonly event: MessageEvent;
  readonly audience: Audience;
  readonly isExpired: boolean;
}

/** Messages as those see them who want to change them, and whether they may. */
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
   * @throws HooklineError not_a_member, sender_blocked, member_silenced, event_not_found, not_a_message, not_the_sender, message_recalled,
   *   message_expired
   */
  async editable(
    conversation: ChangingConversation,
    eventId: string,
    actor: Actor,
    transaction?: Transaction,
  ): Promise<TargetMessage> {
    await this.permissions.require('changeOwnMessage', actor, conversation.key, transaction);
    if (actor.kind === 'user') {
      const sender = await this.members.senderState(conversation.key, actor.userId, transaction);
      if (sender?.isBlocked === true) throw new HooklineError('sender_blocked');
      if ((sender?.silencedUntil ?? 0) > Date.now()) throw new HooklineError('member_silenced');
    }
    const target = await this.find(conversation, eventId, actor, transaction);
    if (actor.kind === 'user' && actor.userId !== target.event.senderId)
      throw new HooklineError('not_the_sender');
    if (target.event.recalledAt !== undefined) throw new HooklineError('message_recalled');
    if (target.isExpired) throw new HooklineError('message_expired');
    return target;
  }

  /**
   * A message that the actor may recall: its own (silenced or not), or of whomever it outranks. It may be recalled already.
   *
   * @param transaction as for `editable`
   * @throws HooklineError not_a_member, event_not_found, not_a_message, insufficient_role
   */
  async recallable(
    conversation: ChangingConversation,
    eventId: string,
    actor: Actor,
    transaction?: Transaction,
  ): Promise<TargetMessage> {
    const { key } = conversation;
    await this.permissions.require('changeOwnMessage', actor, key, transaction);
    const target = await this.find(conversation, eventId, actor, transaction);
    const { senderId } = target.event;
    if (actor.kind === 'user' && actor.userId === senderId) return target;
    const part = await this.permissions.require('recallMessageOfOthers', actor, key, transaction);
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
  ): Promise<TargetMessage> {
    const found = await this.messages.find(key, eventId, transaction);
    if (found === null) throw new HooklineError('event_not_found');
    const { event, audience, isExpired } = found;
    if (actor.kind === 'user') {
      const range = (await this.members.membership(key, actor.userId, transaction)) ?? nothingVisible;
      if (!isVisible(seenEventOf(event, audience), actor.userId, range))
        throw new HooklineError('event_not_found');
    }
    if (event.type !== 'message') throw new HooklineError('not_a_message');
    return { event, audience, isExpired };
  }
}
