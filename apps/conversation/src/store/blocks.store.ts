import { Injectable } from '@nestjs/common';
import type { ConversationBlock, UserBlock } from '#contracts/blocks.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isIn } from './is-in.js';

const sweptAtOnce = 1_000;

/**
 * Whether a row `member` may not send because the only other one who is in has blocked it. Most senders are blocked by
 * nobody: that costs one look into an index, and only for the others is looked who else is in. The limits keep PostgreSQL
 * from reading all blocks at once instead.
 */
export const isBlockedByTheOther = Prisma.sql`
  CASE WHEN (
    SELECT true FROM conversation.user_block AS block
    WHERE block.application_id = member.application_id AND block.blocked_user_id = member.user_id
    LIMIT 1
  ) THEN (
    SELECT count(*) = 1 AND bool_and((
      SELECT true FROM conversation.user_block AS block
      WHERE block.application_id = member.application_id AND block.user_id = other.user_id
        AND block.blocked_user_id = member.user_id
      LIMIT 1) IS NOT NULL)
    FROM (
      SELECT user_id FROM conversation.member AS present
      WHERE present.conversation_key = member.conversation_key AND ${isIn(Prisma.sql`present`)}
        AND present.user_id <> member.user_id
      LIMIT 2
    ) AS other
  ) ELSE false END`;

/** Whether a conversation is to be without a user. The limit makes it one look into the index. */
export function isBlockedIn(conversationKey: Prisma.Sql, user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`((
    SELECT true FROM conversation.conversation_block AS block
    WHERE block.conversation_key = ${conversationKey} AND block.user_id = ${user}
      AND (block.expires_at IS NULL OR block.expires_at > statement_timestamp())
    LIMIT 1) IS NOT NULL)`;
}

/** Who wants nothing to do with whom: users with users, and conversations with users. */
@Injectable()
export class BlocksStore {
  constructor(private readonly database: Database) {}

  /** Blocks, or sets the end of a block anew. The head must be locked. @param seconds null: until it is lifted */
  async block(
    transaction: Transaction,
    conversationKey: bigint,
    { userId, blockedBy }: { readonly userId: string; readonly blockedBy: string | null },
    seconds: number | null,
  ): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO conversation.conversation_block AS block (conversation_key, user_id, blocked_by, expires_at)
      VALUES (${conversationKey}, ${userId}, ${blockedBy}, now() + ${seconds}::float8 * interval '1 second')
      ON CONFLICT (conversation_key, user_id) DO UPDATE
        SET blocked_by = excluded.blocked_by, created_at = now(), expires_at = excluded.expires_at`;
  }

  async unblock(transaction: Transaction, conversationKey: bigint, userId: string): Promise<void> {
    await transaction.conversationBlock.deleteMany({ where: { conversationKey, userId } });
  }

  async find(conversationKey: bigint, userId: string): Promise<ConversationBlock | null> {
    const row = await this.database.client.conversationBlock.findUnique({
      where: { conversationKey_userId: { conversationKey, userId } },
    });
    return row === null || isOver(row) ? null : blockOf(row);
  }

  /** Which of these users are blocked. Under the head's lock that stays true. */
  async blockedAmong(
    transaction: Transaction,
    conversationKey: bigint,
    userIds: readonly string[],
  ): Promise<readonly string[]> {
    const rows = await transaction.conversationBlock.findMany({
      where: { conversationKey, userId: { in: [...userIds] } },
    });
    return rows.filter((row) => !isOver(row)).map(({ userId }) => userId);
  }

  /** One more than `limit` tells that there are more. */
  async page(conversationKey: bigint, after: string, limit: number): Promise<readonly ConversationBlock[]> {
    const rows = await this.database.client.conversationBlock.findMany({
      where: {
        conversationKey,
        userId: { gt: after },
        OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
      },
      orderBy: { userId: 'asc' },
      take: limit + 1,
    });
    return rows.map(blockOf);
  }

  async blockUser(
    transaction: Transaction,
    applicationId: string,
    userId: string,
    blockedUserId: string,
  ): Promise<void> {
    const data = [{ applicationId, userId, blockedUserId }];
    await transaction.userBlock.createMany({ data, skipDuplicates: true });
  }

  async unblockUser(
    transaction: Transaction,
    applicationId: string,
    userId: string,
    blockedUserId: string,
  ): Promise<void> {
    await transaction.userBlock.deleteMany({ where: { applicationId, userId, blockedUserId } });
  }

  async findOfUser(applicationId: string, userId: string, blockedUserId: string): Promise<UserBlock | null> {
    const row = await this.database.client.userBlock.findUnique({
      where: { applicationId_userId_blockedUserId: { applicationId, userId, blockedUserId } },
    });
    return row === null ? null : { userId: row.blockedUserId, blockedAt: row.createdAt.getTime() };
  }

  /** One more than `limit` tells that there are more. */
  async pageOfUser(
    applicationId: string,
    userId: string,
    after: string,
    limit: number,
  ): Promise<readonly UserBlock[]> {
    const rows = await this.database.client.userBlock.findMany({
      where: { applicationId, userId, blockedUserId: { gt: after } },
      orderBy: { blockedUserId: 'asc' },
      take: limit + 1,
    });
    return rows.map((row) => ({ userId: row.blockedUserId, blockedAt: row.createdAt.getTime() }));
  }

  /** Which of these users have blocked this one. */
  async whoBlocks(
    transaction: Transaction,
    applicationId: string,
    blockedUserId: string,
    userIds: readonly string[],
  ): Promise<readonly string[]> {
    const rows = await transaction.userBlock.findMany({
      where: { applicationId, blockedUserId, userId: { in: [...userIds] } },
      select: { userId: true },
    });
    return rows.map(({ userId }) => userId);
  }

  /** Deletes a portion of the blocks that are over; answers how many. */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.conversation_block
      WHERE (conversation_key, user_id) IN (
        SELECT conversation_key, user_id FROM conversation.conversation_block
        WHERE expires_at < now() LIMIT ${sweptAtOnce}
      )`;
  }
}

interface BlockRow {
  readonly userId: string;
  readonly blockedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

function isOver({ expiresAt }: BlockRow): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

function blockOf({ userId, blockedBy, createdAt, expiresAt }: BlockRow): ConversationBlock {
  return {
    userId,
    blockedBy,
    blockedAt: createdAt.getTime(),
    ...(expiresAt !== null && { expiresAt: expiresAt.getTime() }),
  };
}
