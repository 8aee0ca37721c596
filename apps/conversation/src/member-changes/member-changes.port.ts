import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';
import type { MemberEvent, Origin } from '#contracts/event.js';
import type { LiveEvent, MembershipView } from '#contracts/sessions.js';
import { isService } from '#domain/conversations/service.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import type { Appended } from '../store/append.store.js';
import { bodyOfJson } from '../store/event-row.js';
import { MembersStore } from '../store/members.store.js';
import type { NewOccurrence } from '../store/occurrences.store.js';
import { StaysStore, type NewStay, type Stay } from '../store/stays.store.js';
import {
  causeOf,
  TimelineChanges,
  type ChangingConversation,
  type DoneBy,
} from '../timeline-changes/timeline-changes.port.js';
import { Admission } from './admission.js';

/** What was committed, to be told to the gateways after the commit. */
export interface MemberChange {
  readonly conversation: ChangingConversation;
  /** Null: what has changed is nobody else's affair. */
  readonly event: LiveEvent | null;
  /** Not in the conversation: they hear this one event. If it is lost, `GET /invitations` says the same. */
  readonly outsiders: readonly string[];
  /** What after-hooks hear of it, unless it is part of something else: who came, or who was in and is so no more. */
  readonly occurrence?: NewOccurrence;
  /** A user who has been put out of a room. */
  readonly evicted?: { readonly userId: string; readonly listVersion: number };
  readonly memberships: readonly {
    readonly userId: string;
    readonly listVersion: number;
    readonly membership: MembershipView;
  }[];
}

type Wanted = readonly Omit<NewStay, 'id'>[];
type Said = MemberEvent['members'][number];

/**
 * Members come, change and go by events of the timeline, under the lock of its head. This is what all of their use cases
 * share; each of them decides for itself who may do it.
 */
@Injectable()
export class MemberChanges {
  constructor(
    private readonly changes: TimelineChanges,
    private readonly members: MembersStore,
    private readonly stays: StaysStore,
    private readonly admission: Admission,
    private readonly live: LivePublisher,
  ) {}

  /**
   * @param causedBy whom the event names as its sender; null for a server
   * @throws HooklineError user_not_found, user_blocked, sender_blocked, member_exists, too_many_members, wrong_conversation_kind
   */
  async join(
    transaction: Transaction,
    conversation: ChangingConversation,
    wanted: Wanted,
    by: DoneBy,
    causedBy: string | null = causeOf(by.actor),
  ): Promise<MemberChange> {
    await this.changes.lock(transaction, conversation);
    const ofService = isService(conversation.kind);
    if (ofService && wanted.some(({ role }) => role !== 'member'))
      throw new HooklineError('wrong_conversation_kind', 'A service knows no other role than member');
    const userIds = wanted.map(({ userId }) => userId);
    const present = await this.admission.check(transaction, conversation, userIds, by.actor);
    const invitations = new Map(present.map((stay) => [stay.userId, stay]));
    const again = userIds.find((userId) => invitations.get(userId)?.state === 'joined');
    if (again !== undefined) throw exists(again);
    const stays = wanted.map(({ userId, role }): NewStay => ({
      id: invitations.get(userId)?.id ?? uuidv7(),
      userId,
      role,
    }));
    const { event, appended } = await this.append(
      transaction,
      conversation,
      { type: 'member.joined', members: stays },
      { origin: by.origin, causedBy },
    );
    if (ofService) await this.stays.countSubscribers(transaction, conversation.key, stays.length);
    const { invited = [], others = [] } = Object.groupBy(stays, ({ userId }) =>
      invitations.has(userId) ? 'invited' : 'others',
    );
    await this.stays.join(transaction, conversation, { invited, others }, appended);
    const memberships = await this.listChange(transaction, conversation, userIds);
    const occurrence = { hook: 'conversationAdded', initiatorId: causedBy, members: userIds } as const;
    return { conversation, event, outsiders: [], memberships, occurrence };
  }

  /** The head must be locked. @throws HooklineError user_not_found, user_blocked, sender_blocked, member_exists, too_many_members */
  async invite(
    transaction: Transaction,
    conversation: ChangingConversation,
    wanted: Wanted,
    by: DoneBy,
  ): Promise<MemberChange> {
    const userIds = wanted.map(({ userId }) => userId);
    const present = await this.admission.check(transaction, conversation, userIds, by.actor);
    const presentIds = new Set(present.map(({ userId }) => userId));
    const again = wanted.find(({ userId }) => presentIds.has(userId));
    if (again !== undefined) throw exists(again.userId);
    const stays = wanted.map((stay): NewStay => ({ id: uuidv7(), ...stay }));
    const causedBy = causeOf(by.actor);
    const { event, appended } = await this.append(
      transaction,
      conversation,
      { type: 'member.invited', members: stays },
      { origin: by.origin, causedBy },
    );
    const { timestamp } = appended;
    await this.stays.invite(transaction, conversation, stays, { inviterId: causedBy, timestamp });
    return { conversation, event, outsiders: userIds, memberships: [] };
  }

  /** Ends stays, or invitations, of different users. The head must be locked. */
  async leave(
    transaction: Transaction,
    conversation: ChangingConversation,
    stays: readonly Stay[],
    { actor, origin }: DoneBy,
  ): Promise<MemberChange> {
    const { event, appended } = await this.append(
      transaction,
      conversation,
      { type: 'member.left', members: stays },
      { origin, causedBy: causeOf(actor) },
    );
    const idsOf = (state: Stay['state']): string[] =>
      stays.filter((stay) => stay.state === state).map(({ userId }) => userId);
    await this.stays.leave(
      transaction,
      stays.map(({ id }) => id),
      appended,
    );
    const members = idsOf('joined');
    if (isService(conversation.kind))
      await this.stays.countSubscribers(transaction, conversation.key, -members.length);
    const change = { conversation, event, outsiders: idsOf('invited') };
    if (members.length === 0) return { ...change, memberships: [] };
    const memberships = await this.listChange(transaction, conversation, members);
    return { ...change, memberships, occurrence: removed(members, actor) };
  }

  /** Says what members are now: their roles, and until when they are silenced. The head must be locked. */
  async say(
    transaction: Transaction,
    conversation: ChangingConversation,
    changed: readonly Said[],
    { actor, origin }: DoneBy,
  ): Promise<MemberChange> {
    const { event } = await this.append(
      transaction,
      conversation,
      { type: 'member.updated', members: changed },
      { origin, causedBy: causeOf(actor) },
    );
    return { conversation, event, outsiders: [], memberships: [] };
  }

  /** What a member has changed for itself is shown to its sessions alone. The head must be locked. */
  async showAgain(
    transaction: Transaction,
    conversation: ChangingConversation,
    userId: string,
  ): Promise<MemberChange> {
    const memberships = await this.listChange(transaction, conversation, [userId]);
    return { conversation, event: null, outsiders: [], memberships };
  }

  /** @throws HooklineError user_not_found */
  requireUser(
    transaction: Transaction,
    { applicationId }: ChangingConversation,
    userId: string,
  ): Promise<void> {
    return this.admission.requireUsers(transaction, applicationId, [userId]);
  }

  /**
   * Puts all sessions of a user out of a room; that is no event. Counted as a change of the user's list, so that gateways
   * find out when they are not told. The head must be locked.
   */
  async evict(
    transaction: Transaction,
    conversation: ChangingConversation,
    userId: string,
    { actor }: DoneBy,
  ): Promise<MemberChange | null> {
    if (!(await this.stays.evict(transaction, conversation.key, userId))) return null;
    const versions = await this.members.countListChange(transaction, conversation.applicationId, [userId]);
    const evicted = { userId, listVersion: versions.get(userId) ?? 0 };
    const occurrence = removed([userId], actor);
    return { conversation, event: null, outsiders: [], evicted, memberships: [], occurrence };
  }

  /** After the commit: the event to the conversation, the new view to each user. */
  tell(change: MemberChange | null): void {
    if (change === null) return;
    const { conversation, event, outsiders, evicted, memberships } = change;
    if (evicted !== undefined) this.live.leftRoom(conversation, evicted.userId, evicted.listVersion);
    if (event !== null) {
      this.changes.tell([event]);
      this.live.toOutsiders(conversation.applicationId, outsiders, event.event);
    }
    for (const { userId, listVersion, membership } of memberships) {
      this.live.membership(conversation.applicationId, userId, listVersion, membership);
    }
  }

  /** Who subscribes to a service is nobody else's affair: there it is no event, and has the place where the timeline ends. */
  private async append(
    transaction: Transaction,
    conversation: ChangingConversation,
    { type, members }: { readonly type: MemberEvent['type']; readonly members: readonly Said[] },
    { origin, causedBy: senderId }: { readonly origin: Origin; readonly causedBy: string | null },
  ): Promise<{ event: LiveEvent | null; appended: Appended }> {
    if (isService(conversation.kind))
      return { event: null, appended: await this.changes.end(transaction, conversation) };
    const said = members.map(({ id, userId, role, silencedUntil }): Said => ({
      ...{ id, userId, role },
      ...(silencedUntil !== undefined && { silencedUntil }),
    }));
    return this.changes.append(transaction, conversation, { origin, senderId, body: bodyOfJson(type, said) });
  }

  private async listChange(
    transaction: Transaction,
    conversation: ChangingConversation,
    userIds: readonly string[],
  ): Promise<MemberChange['memberships']> {
    const views = await this.members.membershipsOf(conversation.key, userIds, transaction);
    const versions = await this.members.countListChange(transaction, conversation.applicationId, userIds);
    return userIds.flatMap((userId) => {
      const membership = views.get(userId);
      return membership === undefined ? [] : [{ userId, listVersion: versions.get(userId) ?? 0, membership }];
    });
  }
}

function removed(userIds: readonly string[], actor: DoneBy['actor']): NewOccurrence {
  return { hook: 'conversationRemoved', initiatorId: causeOf(actor), members: userIds };
}

function exists(userId: string): HooklineError {
  return new HooklineError('member_exists', `${JSON.stringify(userId)} is already a member, or invited`);
}
