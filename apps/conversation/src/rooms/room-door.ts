import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { Transaction } from '#platform/database/database.js';
import { Occurrences } from '../occurrences/occurrences.port.js';
import { BlocksStore } from '../store/blocks.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { RoomsStore, type Attendance } from '../store/rooms.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** Who may be in a room and is from now on, or not any more. */
@Injectable()
export class RoomDoor {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly blocks: BlocksStore,
    private readonly rooms: RoomsStore,
    private readonly occurrences: Occurrences,
  ) {}

  /**
   * The head must be locked.
   *
   * @returns `again` for a session that is in already
   * @throws HooklineError wrong_conversation_kind, user_blocked, not_a_member, service_unavailable
   */
  async pass(
    transaction: Transaction,
    conversation: ChangingConversation,
    session: Attendance,
  ): Promise<'entered' | 'again'> {
    const { key, kind } = conversation;
    if (kind !== 'room') throw new HooklineError('wrong_conversation_kind');
    const [blocked] = await this.blocks.blockedAmong(transaction, key, [session.userId]);
    if (blocked !== undefined) throw new HooklineError('user_blocked');
    const isOpen = (await this.conversations.joinRule(transaction, key)) === 'open';
    if (!isOpen && (await this.members.partOf(key, session.userId, transaction)) === 'outsider')
      throw new HooklineError('not_a_member', 'This room is not open to everybody');
    const how = await this.rooms.enter(transaction, key, session);
    if (how === 'closed') throw new HooklineError('service_unavailable', 'The session is not open');
    if (how === 'entered') await this.tell('conversationAdded', transaction, conversation, session);
    return how;
  }

  /** The head must be locked. */
  async leave(
    transaction: Transaction,
    conversation: ChangingConversation,
    session: Attendance,
  ): Promise<void> {
    if (await this.rooms.leave(transaction, conversation.key, session))
      await this.tell('conversationRemoved', transaction, conversation, session);
  }

  /** After-hooks hear when the first session of a user comes, and when the last one goes. */
  private async tell(
    hook: 'conversationAdded' | 'conversationRemoved',
    transaction: Transaction,
    conversation: ChangingConversation,
    session: Attendance,
  ): Promise<void> {
    if (!this.occurrences.concern(conversation, hook)) return;
    if (await this.rooms.isThereElse(transaction, conversation.key, session)) return;
    const { userId } = session;
    await this.occurrences.record(transaction, conversation, {
      hook,
      initiatorId: userId,
      members: [userId],
    });
  }
}
