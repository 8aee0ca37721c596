import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import type { Conversation, ConversationPatch } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { attributes as attributesSchema } from '#contracts/json-value.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { changeOf } from '#domain/conversations/conversation-changes.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { ConversationChangesStore } from '../store/conversation-changes.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { bodyOfJson } from '../store/event-row.js';
import {
  causeOf,
  TimelineChanges,
  type ChangingConversation,
  type DoneBy,
} from '../timeline-changes/timeline-changes.port.js';

export interface WantedUpdate extends DoneBy {
  /** What the actor wants, and has to be allowed. */
  readonly patch: ConversationPatch;
  /** What hooks have made of it; null: nothing else. */
  readonly rewritten: ConversationPatch | null;
}

/** Changes a conversation and says by one event what is different now. */
@Injectable()
export class ConversationUpdate {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly permissions: Permissions,
    private readonly changes: ConversationChangesStore,
    private readonly conversations: ConversationsStore,
  ) {}

  /**
   * The head must be locked.
   *
   * @returns null when nothing is different
   * @throws HooklineError conversation_inactive, not_a_member, insufficient_role, invalid_request, hook_failed
   */
  async apply(
    transaction: Transaction,
    conversation: ChangingConversation,
    state: 'active' | 'inactive',
    { actor, origin, patch, rewritten }: WantedUpdate,
  ): Promise<LiveEvent | null> {
    const { key } = conversation;
    await this.permissions.require('updateConversation', actor, conversation, transaction);
    if (patch.state !== undefined)
      await this.permissions.require('changeState', actor, conversation, transaction);
    const before = { ...(await this.changes.read(transaction, key)), state };
    const change = changeOf(before, rewritten ?? patch);
    if (change === null) return null;
    const { after, changes } = change;
    if (state === 'inactive' && after.state === 'inactive') throw new HooklineError('conversation_inactive');
    requireWithinLimits(after.attributes, rewritten !== null);
    await this.changes.update(transaction, conversation, before, after);
    const { event } = await this.timeline.append(transaction, conversation, {
      origin,
      senderId: causeOf(actor),
      body: bodyOfJson('conversation.updated', changes),
    });
    return event;
  }

  /** @throws HooklineError conversation_not_found, not_a_member */
  async now(conversation: ChangingConversation, actor: Actor): Promise<Conversation> {
    const updated = await this.conversations.find(conversation.applicationId, conversation.id);
    if (updated === null) throw new HooklineError('conversation_not_found');
    await this.permissions.require('readConversation', actor, conversation);
    return updated;
  }
}

/**
 * Merged, attributes may be more than each patch was. Hook-engine has looked at what hooks wrote: for them to be too many,
 * others must have come meanwhile.
 *
 * @throws HooklineError invalid_request, hook_failed
 */
function requireWithinLimits(merged: unknown, byHooks: boolean): void {
  const [issue] = attributesSchema.safeParse(merged).error?.issues ?? [];
  if (issue === undefined) return;
  const pointer = '/attributes';
  const detail = `merged, they ${issue.message}`;
  if (byHooks) throw new HooklineError('hook_failed', `A hook failed: its ${pointer}, ${detail}`);
  throw new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
