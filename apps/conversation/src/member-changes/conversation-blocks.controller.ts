import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  blockInConversation,
  listConversationBlocks,
  unblockInConversation,
  type ConversationBlock,
} from '#contracts/blocks.js';
import { decodeTextCursor, encodeTextCursor } from '#contracts/cursor.js';
import { Answers } from '#platform/bus/answers.js';
import { Permissions } from '../permissions/permissions.port.js';
import { BlocksStore } from '../store/blocks.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';
import { BlockUser } from './block-user.js';

type ListQuestion = z.output<typeof listConversationBlocks.question>;

/** Who may not be in a conversation. */
@Controller()
export class ConversationBlocksController {
  constructor(
    private readonly blocking: BlockUser,
    private readonly access: ConversationAccess,
    private readonly permissions: Permissions,
    private readonly blocks: BlocksStore,
  ) {}

  @Answers(blockInConversation)
  block(question: z.output<typeof blockInConversation.question>): Promise<ConversationBlock> {
    return this.blocking.block(question);
  }

  @Answers(unblockInConversation)
  unblock(question: z.output<typeof unblockInConversation.question>): Promise<object> {
    return this.blocking.unblock(question);
  }

  @Answers(listConversationBlocks)
  async list({
    applicationId,
    conversationId,
    actor,
    cursor,
    limit,
  }: ListQuestion): Promise<z.output<typeof listConversationBlocks.answer>> {
    const { conversationKey, kind, equalMembers } = await this.access.of(
      applicationId,
      conversationId,
      actor,
    );
    await this.permissions.require('blockUser', actor, { key: conversationKey, kind, equalMembers });
    const after = cursor === null ? '' : decodeTextCursor(cursor);
    const found = await this.blocks.page(conversationKey, after, limit);
    const blocks = found.slice(0, limit);
    const last = blocks.at(-1);
    return { blocks, nextCursor: found.length > limit && last ? encodeTextCursor(last.userId) : null };
  }
}
