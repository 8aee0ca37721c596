import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '#contracts/actor.js';
import type { Conversation, createConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { isService } from '#domain/conversations/service.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { MemberChanges, type MemberChange } from '../member-changes/member-changes.port.js';
import { Occurrences } from '../occurrences/occurrences.port.js';
import { Permissions } from '../permissions/permissions.port.js';
import { ownUniqueKey, uniqueKeyOfMembers } from '../store/conversation-row.js';
import { ConversationsStore, type NewConversationRow } from '../store/conversations.store.js';
import type { DoneBy } from '../timeline-changes/timeline-changes.port.js';

type Wanted = z.output<typeof createConversation.question>['conversation'];

export interface NewConversation extends DoneBy {
  readonly applicationId: string;
  /** The id that it gets, if it is created. */
  readonly id: string;
  readonly ownerId: string | null;
  readonly wanted: Wanted;
}

export interface Created {
  readonly applicationId: string;
  readonly conversation: Conversation;
  /** Of one that is new. */
  readonly key: bigint | null;
  readonly isNew: boolean;
  readonly change: MemberChange | null;
}

/** Creates a conversation, or finds the one that is unique; its initial members join by one event, seq 1. */
@Injectable()
export class NewConversations {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly memberChanges: MemberChanges,
    private readonly permissions: Permissions,
    private readonly occurrences: Occurrences,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError conversation_exists, not_a_member (of the unique one), user_not_found, too_many_members */
  async create(transaction: Transaction, question: NewConversation): Promise<Created> {
    const { applicationId, actor, ownerId, wanted } = question;
    const row = rowOf(question);
    const created = await this.conversations.create(transaction, row);
    if (created.kind === 'id_taken') throw new HooklineError('conversation_exists');
    if (created.kind === 'existing') {
      await this.permissions.require('readConversation', actor, created.existing, transaction);
      const conversation = await this.found(applicationId, created.existing.id, transaction);
      return { applicationId, conversation, key: null, isNew: false, change: null };
    }
    const initiatorId = actor.kind === 'user' ? actor.userId : null;
    await this.occurrences.record(
      transaction,
      { applicationId, key: created.key },
      { hook: 'conversationStarted', initiatorId },
    );
    const members = membersOf(wanted, ownerId);
    const fresh = { ...row, key: created.key, expiresAt: row.expiresAt?.getTime() ?? null };
    const change =
      members.length === 0
        ? null
        : await this.memberChanges.join(transaction, fresh, members, question, ownerId);
    const conversation = await this.found(applicationId, row.id, transaction);
    return { applicationId, conversation, key: created.key, isNew: true, change };
  }

  /** After the commit. */
  tell({ applicationId, conversation, key, change }: Created): void {
    if (key !== null)
      this.live.toVonageWebhooks({
        ...{ applicationId, conversationId: conversation.id, timestamp: conversation.createdAt },
        ...{ conversationKey: String(key), conversationKind: conversation.kind },
        happened: { kind: 'created', name: conversation.uniqueKey ?? `NAM-${conversation.id}` },
      });
    this.memberChanges.tell(change);
  }

  /** What a conversation has become since, for those who are in it still. @throws HooklineError conversation_not_found, not_a_member */
  async now(applicationId: string, id: string, actor: Actor): Promise<Conversation> {
    const conversation = await this.found(applicationId, id);
    const handle = await this.conversations.handle(applicationId, id);
    if (handle === null) throw new HooklineError('conversation_not_found');
    await this.permissions.require('readConversation', actor, handle);
    return conversation;
  }

  private async found(applicationId: string, id: string, transaction?: Transaction): Promise<Conversation> {
    const conversation = await this.conversations.find(applicationId, id, transaction);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    return conversation;
  }
}

function rowOf({ applicationId, id, ownerId, wanted: conversation }: NewConversation): NewConversationRow {
  const { kind, name = null, attributes, historyVisibility } = conversation;
  const { receiptsAsEvents, equalMembers } = conversation;
  const { joinRule = kind === 'room' || isService(kind) ? 'open' : 'invited' } = conversation;
  const { expiresIn = limits.temporaryConversationSeconds } = conversation;
  return {
    applicationId,
    id,
    kind,
    name,
    attributes,
    historyVisibility,
    joinRule,
    receiptsAsEvents,
    equalMembers,
    expiresAt: kind === 'temporary' ? new Date(Date.now() + expiresIn * 1_000) : null,
    createdBy: ownerId,
    uniqueKey: uniqueKeyOf(conversation, ownerId),
  };
}

/** The owner is a member whether named or not. A room has no members from the start: it is entered. */
export function membersOf(
  { kind, members, equalMembers }: Wanted,
  ownerId: string | null,
): Wanted['members'] {
  if (ownerId === null || kind === 'room') return members;
  const others = members.filter(({ userId }) => userId !== ownerId);
  const isTwice = members.length - others.length > 1;
  // Named twice is wrong for an owner, too.
  return isTwice ? members : [{ userId: ownerId, role: equalMembers ? 'member' : 'owner' }, ...others];
}

function uniqueKeyOf(wanted: Wanted, ownerId: string | null): string | null {
  if (wanted.uniqueKey !== undefined) return ownUniqueKey(wanted.uniqueKey);
  if (!wanted.unique) return null;
  const userIds = new Set(membersOf(wanted, ownerId).map(({ userId }) => userId));
  // As JSON, so that no two sets look the same.
  const text = JSON.stringify([wanted.kind, ...[...userIds].sort()]);
  return uniqueKeyOfMembers(createHash('sha256').update(text).digest('base64url'));
}
