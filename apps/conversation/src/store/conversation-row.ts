import type { Conversation } from '#contracts/conversations.js';
import { Prisma } from '#prisma/client.js';

export const withHead = { head: true } satisfies Prisma.ConversationInclude;
export type ConversationRow = Prisma.ConversationGetPayload<{ include: typeof withHead }>;

/** As `isThere`, in a statement that names `conversation` and its `head`. */
export const whichIsThere = Prisma.sql`
  head.state <> 'deleted' AND (conversation.expires_at IS NULL OR conversation.expires_at > now())`;

/** Neither deleted nor expired. */
export function isThere({ head, expiresAt }: ConversationRow): boolean {
  return head?.state !== 'deleted' && (expiresAt === null || expiresAt.getTime() > Date.now());
}

/** Unique keys are those that somebody has chosen, or made of the members. */
const ownKeyPrefix = 'key:';

export function ownUniqueKey(key: string): string {
  return `${ownKeyPrefix}${key}`;
}

export function uniqueKeyOfMembers(digest: string): string {
  return `members:${digest}`;
}

/** A conversation as callers see it. */
export function conversationOf(row: ConversationRow): Conversation {
  const { id, number, kind, name, historyVisibility, joinRule, createdBy, uniqueKey, head } = row;
  const { receiptsAsEvents, equalMembers } = row;
  return {
    id,
    number,
    kind,
    state: head?.state ?? 'active',
    name,
    attributes: row.attributes as Conversation['attributes'],
    historyVisibility,
    joinRule,
    receiptsAsEvents,
    equalMembers,
    unique: uniqueKey !== null,
    uniqueKey: uniqueKey?.startsWith(ownKeyPrefix) === true ? uniqueKey.slice(ownKeyPrefix.length) : null,
    createdBy,
    expiresAt: row.expiresAt?.getTime() ?? null,
    lastSeq: Number(head?.lastSeq ?? 0),
    lastActivityAt: (head?.lastTimestamp ?? row.createdAt).getTime(),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}
