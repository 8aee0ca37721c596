import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { blockInConversation, ConversationBlock, unblockInConversation } from '#contracts/blocks.js';
import { HooklineError } from '#contracts/errors.js';
import { Permissions } from '../permissions/permissions.port.js';
import { BlocksStore } from '../store/blocks.store.js';
import { causeOf } from '../timeline-changes/timeline-changes.port.js';
import { MemberChanges } from './member-changes.port.js';
import { removing } from './member-hooks.js';
import { RemoveMember } from './remove-member.js';
import { MemberOperation } from './member-operation.js';

/** Somebody is removed, and cannot come back until unblocked. Whom hooks keep from being removed cannot be blocked. */
@Injectable()
export class BlockUser {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly changes: MemberChanges,
    private readonly blocks: BlocksStore,
    private readonly removing: RemoveMember,
  ) {}

  /** @throws HooklineError user_not_found, insufficient_role, what hooks decide */
  async block(question: z.output<typeof blockInConversation.question>): Promise<ConversationBlock> {
    const { actor, userId, seconds = null } = question;
    const content = { userId, seconds };
    const handle = await this.operation.run(
      'block',
      question,
      content,
      async (transaction, conversation) => {
        const part = await this.permissions.require('blockUser', actor, conversation, transaction);
        await this.changes.requireUser(transaction, conversation, userId);
        const change = await this.removing.end(transaction, conversation, { part, by: question, userId });
        await this.blocks.block(
          transaction,
          conversation.key,
          { userId, blockedBy: causeOf(actor) },
          seconds,
        );
        return change ?? this.changes.evict(transaction, conversation, userId, question);
      },
      { inRooms: true, hooks: removing(question) },
    );
    await this.permissions.require('blockUser', actor, handle);
    const block = await this.blocks.find(handle.key, userId);
    // With a repeated key, it may be long ago.
    if (block === null) throw new HooklineError('block_not_found');
    return block;
  }

  /** @throws HooklineError insufficient_role */
  async unblock(question: z.output<typeof unblockInConversation.question>): Promise<object> {
    const { actor, userId } = question;
    await this.operation.run(
      'unblock',
      question,
      userId,
      async (transaction, conversation) => {
        await this.permissions.require('blockUser', actor, conversation, transaction);
        await this.blocks.unblock(transaction, conversation.key, userId);
        return null;
      },
      { inRooms: true },
    );
    return {};
  }
}
