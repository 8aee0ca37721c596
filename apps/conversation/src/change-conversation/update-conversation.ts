import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '#contracts/actor.js';
import type { Conversation, ConversationPatch, updateConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { attributes as attributesSchema } from '#contracts/json-value.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { changeOf } from '#domain/conversations/conversation-changes.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { ConversationChangesStore } from '../store/conversation-changes.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { bodyOfJson } from '../store/event-row.js';
import { OncePerKey } from '../store/once-per-key.js';
import {
  causeOf,
  TimelineChanges,
  type ChangingConversation,
} from '../timeline-changes/timeline-changes.port.js';

/** Changes a conversation and says by one event what is different now. */
@Injectable()
export class UpdateConversation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly permissions: Permissions,
    private readonly changes: ConversationChangesStore,
    private readonly conversations: ConversationsStore,
    private readonly once: OncePerKey,
  ) {}

  /** @throws HooklineError conversation_not_found, conversation_inactive, not_a_member, insufficient_role, invalid_request */
  async update(question: z.output<typeof updateConversation.question>): Promise<Conversation> {
    const { applicationId, conversationId, actor, request, patch } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    let event = null as LiveEvent | null;
    await this.timeline.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: { conversationId, patch } }, async () => {
        event = await this.change(transaction, conversation, actor, patch);
        return {};
      }),
    );
    if (event !== null) this.timeline.tell([event]);
    const updated = await this.conversations.find(applicationId, conversationId);
    if (updated === null) throw new HooklineError('conversation_not_found');
    // With a repeated key nothing was checked above, and this is what the conversation is today.
    await this.permissions.require('readConversation', actor, conversation.key);
    return updated;
  }

  /** @returns null when nothing is different */
  private async change(
    transaction: Transaction,
    conversation: ChangingConversation,
    actor: Actor,
    patch: ConversationPatch,
  ): Promise<LiveEvent | null> {
    const { key } = conversation;
    const state = await this.timeline.lockInAnyState(transaction, conversation);
    await this.permissions.require('updateConversation', actor, key, transaction);
    if (patch.state !== undefined) await this.permissions.require('changeState', actor, key, transaction);
    const before = { ...(await this.changes.read(transaction, key)), state };
    const change = changeOf(before, patch);
    if (change === null) return null;
    const { after, changes } = change;
    if (state === 'inactive' && after.state === 'inactive') throw new HooklineError('conversation_inactive');
    requireWithinLimits(after.attributes);
    await this.changes.update(transaction, conversation, before, after);
    const { event } = await this.timeline.append(transaction, conversation, {
      senderId: causeOf(actor),
      body: bodyOfJson('conversation.updated', changes),
    });
    return event;
  }
}

/** Merged, attributes may be more than each patch was. @throws HooklineError invalid_request */
function requireWithinLimits(merged: unknown): void {
  const [issue] = attributesSchema.safeParse(merged).error?.issues ?? [];
  if (issue === undefined) return;
  const pointer = '/attributes';
  const detail = `merged, they ${issue.message}`;
  throw new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
