import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';
import type { MemberEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import type { LiveEvent, MembershipView } from '#contracts/sessions.js';
import { visibleRange, type Stay } from '#domain/timeline/visibility.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import type { Appended } from '../store/append.store.js';
import { bodyOfJson } from '../store/event-row.js';
import { MembersStore, type NewStay } from '../store/members.store.js';
import { UsersStore } from '../store/users.store.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** What was committed, to be told to the gateways after the commit. */
export interface MemberChange {
  readonly conversation: ChangingConversation;
  readonly event: LiveEvent;
  readonly memberships: readonly {
    readonly userId: string;
    readonly listVersion: number;
    readonly membership: MembershipView;
  }[];
}

/** Members come and go by events of the timeline, under the lock of its head. */
@Injectable()
export class MemberChanges {
  constructor(
    private readonly changes: TimelineChanges,
    private readonly members: MembersStore,
    private readonly users: UsersStore,
    private readonly live: LivePublisher,
  ) {}

  /**
   * @param causedBy whom the event names as its sender; null for a server
   * @throws HooklineError user_not_found, member_exists, too_many_members
   */
  async join(
    transaction: Transaction,
    conversation: ChangingConversation,
    wanted: readonly { readonly userId: string; readonly role: NewStay['role'] }[],
    causedBy: string | null = null,
  ): Promise<MemberChange> {
    const userIds = wanted.map(({ userId }) => userId);
    if (new Set(userIds).size !== userIds.length)
      throw new HooklineError('invalid_request', '/members: names a user twice');
    await this.changes.lock(transaction, conversation);
    const known = await this.users.existing(transaction, conversation.applicationId, userIds);
    const unknown = userIds.find((userId) => !known.has(userId));
    if (unknown !== undefined)
      throw new HooklineError('user_not_found', `There is no user ${JSON.stringify(unknown)}`);
    const present = await this.members.listJoined(conversation.key, transaction);
    const presentIds = new Set(present.map(({ userId }) => userId));
    const again = userIds.find((userId) => presentIds.has(userId));
    if (again !== undefined)
      throw new HooklineError('member_exists', `${JSON.stringify(again)} is already a member`);
    if (present.length + wanted.length > limits.membersPerGroup) {
      throw new HooklineError(
        'too_many_members',
        `A group has at most ${String(limits.membersPerGroup)} members`,
      );
    }
    const stays = wanted.map(({ userId, role }): NewStay => ({ id: uuidv7(), userId, role }));
    const { event, appended } = await this.append(
      transaction,
      conversation,
      'member.joined',
      stays,
      causedBy,
    );
    await this.members.join(transaction, conversation, stays, appended);
    return this.changeOf(transaction, conversation, event, userIds, {
      state: 'joined',
      joinedSeq: appended.seq,
      leftSeq: null,
    });
  }

  /** @throws HooklineError member_not_found */
  async leave(
    transaction: Transaction,
    conversation: ChangingConversation,
    userId: string,
  ): Promise<MemberChange> {
    await this.changes.lock(transaction, conversation);
    const stay = (await this.members.listJoined(conversation.key, transaction)).find(
      (member) => member.userId === userId,
    );
    if (stay === undefined) throw new HooklineError('member_not_found');
    const membership = await this.members.membership(conversation.key, userId, transaction);
    const { event, appended } = await this.append(transaction, conversation, 'member.left', [stay]);
    await this.members.leave(transaction, stay.id, appended);
    return this.changeOf(transaction, conversation, event, [userId], {
      state: 'left',
      joinedSeq: membership?.joinedSeq ?? appended.seq,
      leftSeq: appended.seq,
    });
  }

  /** After the commit: the event to the conversation, the new view to each user. */
  tell(change: MemberChange | null): void {
    if (change === null) return;
    const { conversation, event, memberships } = change;
    this.changes.tell([event]);
    for (const { userId, listVersion, membership } of memberships) {
      this.live.membership(conversation.applicationId, userId, listVersion, membership);
    }
  }

  private append(
    transaction: Transaction,
    conversation: ChangingConversation,
    type: MemberEvent['type'],
    stays: readonly NewStay[],
    causedBy: string | null = null,
  ): Promise<{ event: LiveEvent; appended: Appended }> {
    const members = stays.map(({ id, userId, role }) => ({ id, userId, role }));
    return this.changes.append(transaction, conversation, {
      senderId: causedBy,
      body: bodyOfJson(type, members),
    });
  }

  private async changeOf(
    transaction: Transaction,
    conversation: ChangingConversation,
    event: LiveEvent,
    userIds: readonly string[],
    { state, ...stay }: Stay & Pick<MembershipView, 'state'>,
  ): Promise<MemberChange> {
    const { key, id: conversationId, applicationId, historyVisibility } = conversation;
    const firstJoined =
      historyVisibility === 'start'
        ? await this.members.firstJoined(transaction, key, userIds)
        : new Map<string, number>();
    const listVersions = await this.members.countListChange(transaction, applicationId, userIds);
    const memberships = userIds.map((userId) => ({
      userId,
      listVersion: listVersions.get(userId) ?? 0,
      membership: {
        conversationKey: String(key),
        conversationId,
        state,
        ...visibleRange(stay, historyVisibility),
        joinedSeq: stay.joinedSeq,
        firstJoinedSeq: firstJoined.get(userId) ?? stay.joinedSeq,
        headSeq: event.event.seq,
      },
    }));
    return { conversation, event, memberships };
  }
}
