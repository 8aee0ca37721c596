import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Actor } from '#contracts/actor.js';
import type { Conversation, createConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { MemberChanges, type MemberChange } from '../member-changes/member-changes.port.js';
import { Permissions } from '../permissions/permissions.port.js';
import { AppendStore } from '../store/append.store.js';
import { ownUniqueKey, uniqueKeyOfMembers } from '../store/conversation-row.js';
import { ConversationsStore, type NewConversationRow } from '../store/conversations.store.js';
import { OncePerKey } from '../store/once-per-key.js';

type Question = z.output<typeof createConversation.question>;
type Wanted = Question['conversation'];

/** Creates a conversation, or finds the one that is unique; its initial members join by one event, seq 1. */
@Injectable()
export class CreateConversation {
  constructor(
    private readonly appends: AppendStore,
    private readonly conversations: ConversationsStore,
    private readonly memberChanges: MemberChanges,
    private readonly permissions: Permissions,
    private readonly once: OncePerKey,
  ) {}

  /** @throws HooklineError conversation_exists, not_a_member (of the unique one), user_not_found, too_many_members */
  async create(question: Question): Promise<z.output<typeof createConversation.answer>> {
    const { applicationId, actor, request, conversation: wanted } = question;
    const ownerId = actor.kind === 'user' ? actor.userId : (wanted.ownerId ?? null);
    const row = rowOf(question, ownerId);
    let change: MemberChange | null = null;
    let stored = null as Conversation | null;
    const { id, isNew } = await this.appends.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: { ownerId, wanted } }, async () => {
        const created = await this.conversations.create(transaction, row);
        if (created.kind === 'id_taken') throw new HooklineError('conversation_exists');
        if (created.kind === 'existing') {
          await this.permissions.require('readConversation', actor, created.key, transaction);
          stored = await this.conversations.find(applicationId, created.id, transaction);
          return { id: created.id, isNew: false };
        }
        const members = membersOf(wanted, ownerId);
        if (members.length > 0) {
          const conversation = { ...row, key: created.key, expiresAt: row.expiresAt?.getTime() ?? null };
          change = await this.memberChanges.join(transaction, conversation, members, actor, ownerId);
        }
        stored = await this.conversations.find(applicationId, row.id, transaction);
        return { id: row.id, isNew: true };
      }),
    );
    this.memberChanges.tell(change);
    // The first outcome is answered again as long as there is something to answer.
    return { conversation: stored ?? (await this.now(applicationId, id, actor)), isNew };
  }

  /** What a conversation has become since, for those who are in it still. */
  private async now(applicationId: string, id: string, actor: Actor): Promise<Conversation> {
    const conversation = await this.conversations.find(applicationId, id);
    const handle = conversation && (await this.conversations.handle(applicationId, id));
    if (conversation === null || handle === null) throw new HooklineError('conversation_not_found');
    await this.permissions.require('readConversation', actor, handle.key);
    return conversation;
  }
}

function rowOf({ applicationId, conversation }: Question, ownerId: string | null): NewConversationRow {
  const { id = uuidv7(), kind, name = null, attributes, historyVisibility } = conversation;
  const { joinRule = kind === 'room' ? 'open' : 'invited' } = conversation;
  const { expiresIn = limits.temporaryConversationSeconds } = conversation;
  return {
    applicationId,
    id,
    kind,
    name,
    attributes,
    historyVisibility,
    joinRule,
    expiresAt: kind === 'temporary' ? new Date(Date.now() + expiresIn * 1_000) : null,
    createdBy: ownerId,
    uniqueKey: uniqueKeyOf(conversation, ownerId),
  };
}

/** The owner is a member whether named or not. A room has no members from the start: it is entered. */
function membersOf({ kind, members }: Wanted, ownerId: string | null): Wanted['members'] {
  if (ownerId === null || kind === 'room') return members;
  const others = members.filter(({ userId }) => userId !== ownerId);
  const isTwice = members.length - others.length > 1;
  // Named twice is wrong for an owner, too.
  return isTwice ? members : [{ userId: ownerId, role: 'owner' }, ...others];
}

function uniqueKeyOf(wanted: Wanted, ownerId: string | null): string | null {
  if (wanted.uniqueKey !== undefined) return ownUniqueKey(wanted.uniqueKey);
  if (!wanted.unique) return null;
  const userIds = new Set(membersOf(wanted, ownerId).map(({ userId }) => userId));
  // As JSON, so that no two sets look the same.
  const text = JSON.stringify([wanted.kind, ...[...userIds].sort()]);
  return uniqueKeyOfMembers(createHash('sha256').update(text).digest('base64url'));
}
