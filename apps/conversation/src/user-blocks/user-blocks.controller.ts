import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { blockUser, getUserBlock, listUserBlocks, unblockUser, type UserBlock } from '#contracts/blocks.js';
import { decodeTextCursor, encodeTextCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { BlocksStore } from '../store/blocks.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { UsersStore } from '../store/users.store.js';

/** With whom users want nothing to do. */
@Controller()
export class UserBlocksController {
  constructor(
    private readonly blocks: BlocksStore,
    private readonly users: UsersStore,
    private readonly once: OncePerKey,
  ) {}

  @Answers(blockUser)
  async block(question: z.output<typeof blockUser.question>): Promise<UserBlock> {
    const { applicationId, userId, blockedUserId, request } = question;
    await this.users.transaction((transaction) =>
      this.once.run(
        transaction,
        { applicationId, request, content: ['block user', userId, blockedUserId] },
        async () => {
          const known = await this.users.existing(transaction, applicationId, [userId, blockedUserId]);
          if (!known.has(userId) || !known.has(blockedUserId)) throw new HooklineError('user_not_found');
          await this.blocks.blockUser(transaction, applicationId, userId, blockedUserId);
          return {};
        },
      ),
    );
    return this.get(question);
  }

  @Answers(unblockUser)
  async unblock(question: z.output<typeof unblockUser.question>): Promise<object> {
    const { applicationId, userId, blockedUserId, request } = question;
    await this.users.transaction((transaction) =>
      this.once.run(
        transaction,
        { applicationId, request, content: ['unblock user', userId, blockedUserId] },
        async () => {
          await this.blocks.unblockUser(transaction, applicationId, userId, blockedUserId);
          return {};
        },
      ),
    );
    return {};
  }

  @Answers(getUserBlock)
  async get({
    applicationId,
    userId,
    blockedUserId,
  }: z.output<typeof getUserBlock.question>): Promise<UserBlock> {
    const block = await this.blocks.findOfUser(applicationId, userId, blockedUserId);
    if (block === null) throw new HooklineError('block_not_found');
    return block;
  }

  @Answers(listUserBlocks)
  async list({
    applicationId,
    userId,
    cursor,
    limit,
  }: z.output<typeof listUserBlocks.question>): Promise<z.output<typeof listUserBlocks.answer>> {
    const after = cursor === null ? '' : decodeTextCursor(cursor);
    const found = await this.blocks.pageOfUser(applicationId, userId, after, limit);
    const blocks = found.slice(0, limit);
    const last = blocks.at(-1);
    return { blocks, nextCursor: found.length > limit && last ? encodeTextCursor(last.userId) : null };
  }
}
