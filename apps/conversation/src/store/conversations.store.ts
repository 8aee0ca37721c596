import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Prisma } from '#prisma/client.js';

export interface NewConversationRow {
  readonly applicationId: string;
  readonly id: string;
  readonly kind: 'group';
  readonly name: string | null;
  readonly attributes: object;
  readonly historyVisibility: 'start' | 'joined';
}

/** What every operation on a conversation needs and what never changes. */
export interface ConversationHandle {
  readonly key: bigint;
  readonly kind: Conversation['kind'];
  readonly historyVisibility: 'start' | 'joined';
}

const withHead = { head: true } satisfies Prisma.ConversationInclude;
type ConversationRow = Prisma.ConversationGetPayload<{ include: typeof withHead }>;

/** Handles kept in memory; ids are never given to another conversation, so an entry cannot become wrong. */
const handlesKept = 50_000;

@Injectable()
export class ConversationsStore {
  private readonly handles = new Map<string, ConversationHandle>();

  constructor(private readonly database: Database) {}

  async handle(applicationId: string, id: string): Promise<ConversationHandle | null> {
    const cacheKey = `${applicationId}/${id}`;
    const known = this.handles.get(cacheKey);
    if (known !== undefined) return known;
    const row = await this.database.client.conversation.findUnique({
      where: { applicationId_id: { applicationId, id } },
      select: { key: true, kind: true, historyVisibility: true },
    });
    if (row === null) return null;
    if (this.handles.size >= handlesKept) this.handles.clear();
    this.handles.set(cacheKey, row);
    return row;
  }

  async find(applicationId: string, id: string): Promise<Conversation | null> {
    const row = await this.database.client.conversation.findUnique({
      where: { applicationId_id: { applicationId, id } },
      include: withHead,
    });
    return row === null || row.head?.state === 'deleted' ? null : conversationOf(row);
  }

  /** A page of the conversations that a user is in, by their keys. */
  async listOfUser(
    applicationId: string,
    userId: string,
    afterKey: bigint,
    limit: number,
  ): Promise<{ conversations: Conversation[]; lastKey: bigint | null }> {
    // The keys first, by the index of the user's memberships: a page costs its own length, however long the list.
    const keys = await this.database.client.$queryRaw<{ key: bigint }[]>`
      SELECT member.conversation_key AS key
      FROM conversation.member
      JOIN conversation.conversation_head AS head ON head.conversation_key = member.conversation_key
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId} AND member.state = 'joined'
        AND member.conversation_key > ${afterKey} AND head.state <> 'deleted'
      ORDER BY member.conversation_key
      LIMIT ${limit + 1}`;
    const rows = await this.database.client.conversation.findMany({
      where: { key: { in: keys.map(({ key }) => key) } },
      include: withHead,
      orderBy: { key: 'asc' },
    });
    const page = rows.slice(0, limit);
    return {
      conversations: page.map(conversationOf),
      lastKey: rows.length > limit ? (page.at(-1)?.key ?? null) : null,
    };
  }

  /** Null: the id is taken. Numbers are given, and ids looked up, under the lock of the application's row. */
  async create(transaction: Transaction, row: NewConversationRow): Promise<{ key: bigint } | null> {
    const { nextConversationNumber } = await transaction.application.update({
      where: { id: row.applicationId },
      data: { nextConversationNumber: { increment: 1 } },
      select: { nextConversationNumber: true },
    });
    const taken = await transaction.conversation.findUnique({
      where: { applicationId_id: { applicationId: row.applicationId, id: row.id } },
      select: { key: true },
    });
    if (taken !== null) return null;
    return transaction.conversation.create({
      data: { ...row, number: nextConversationNumber - 1, head: { create: {} } },
      select: { key: true },
    });
  }
}

function conversationOf(row: ConversationRow): Conversation {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    state: row.head?.state ?? 'active',
    name: row.name,
    attributes: row.attributes as Conversation['attributes'],
    historyVisibility: row.historyVisibility,
    lastSeq: Number(row.head?.lastSeq ?? 0),
    createdAt: row.createdAt.getTime(),
  };
}
