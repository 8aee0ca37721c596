import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { enterRoom } from '#contracts/rooms.js';
import type { MembershipView } from '#contracts/sessions.js';
import { BlocksStore } from '../store/blocks.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { RoomsStore } from '../store/rooms.store.js';
import { TimelineChanges } from '../timeline-changes/timeline-changes.port.js';

/** A session enters a room. Under the head's lock, so that no block that is being made at the moment is missed. */
@Injectable()
export class EnterRoom {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly blocks: BlocksStore,
    private readonly rooms: RoomsStore,
  ) {}

  /** @throws HooklineError wrong_conversation_kind, user_blocked, not_a_member, service_unavailable */
  async enter(question: z.output<typeof enterRoom.question>): Promise<MembershipView> {
    const { applicationId, conversationId, userId } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    const { key, kind } = conversation;
    const membership = await this.timeline.transaction(async (transaction) => {
      await this.timeline.lock(transaction, conversation);
      if (kind !== 'room') throw new HooklineError('wrong_conversation_kind');
      const [blocked] = await this.blocks.blockedAmong(transaction, key, [userId]);
      if (blocked !== undefined) throw new HooklineError('user_blocked');
      const isOpen = (await this.conversations.joinRule(transaction, key)) === 'open';
      if (!isOpen && (await this.members.partOf(key, userId, transaction)) === 'outsider')
        throw new HooklineError('not_a_member', 'This room is not open to everybody');
      if (!(await this.rooms.enter(transaction, key, question)))
        throw new HooklineError('service_unavailable', 'The session is not open');
      return this.members.membership(key, userId, transaction);
    });
    if (membership === null) throw new HooklineError('service_unavailable', 'The session is not open');
    return membership;
  }
}
