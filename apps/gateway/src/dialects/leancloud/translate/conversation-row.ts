import { createHash } from 'node:crypto';
import type { Conversation } from '#contracts/conversations.js';
import type { JsonValue } from '#contracts/json-value.js';
import { leanCloudDate } from '#contracts/leancloud/rows.js';
import { ownColumns, type Row } from './where.js';

/** Somebody who is in a conversation. */
export interface MemberOfRow {
  readonly userId: string;
  /** Wants no notifications. */
  readonly muted: boolean;
}

/**
 * A conversation as a row of the class `_Conversation`.
 *
 * @param members in the order in which they joined; none of rooms and services
 */
export function conversationRowOf(conversation: Conversation, members: readonly MemberOfRow[]): Row {
  const { id, name, kind, attributes, createdBy, unique } = conversation;
  const ids = members.map(({ userId }) => userId);
  return {
    // Whoever has columns of their own at LeanCloud finds them where they were.
    ...Object.fromEntries(Object.entries(attributes).filter(([column]) => !ownColumns.has(column))),
    objectId: id,
    createdAt: new Date(conversation.createdAt).toISOString(),
    updatedAt: new Date(conversation.updatedAt).toISOString(),
    ...(name !== null && { name }),
    ...(createdBy !== null && { c: createdBy }),
    m: ids,
    mu: members.filter(({ muted }) => muted).map(({ userId }) => userId),
    ...(kind === 'room' && { tr: true }),
    ...(kind === 'system' && { sys: true }),
    ...(unique && { unique, uniqueId: uniqueIdOf(ids) }),
    lm: leanCloudDate(conversation.lastActivityAt),
    attr: attributes,
  };
}

/** LeanCloud's name of a set of members. Two sets may have the same one: it is shown, and found by nothing. */
function uniqueIdOf(members: readonly string[]): string {
  return createHash('md5').update(members.toSorted().join(''), 'utf8').digest('hex');
}

/** As a `where` compares it: dates as dates. */
export function comparedRowOf(row: Row): Row {
  return { ...row, ...dated(row, 'createdAt'), ...dated(row, 'updatedAt') };
}

function dated(row: Row, column: string): Record<string, JsonValue> {
  const value = row[column];
  return typeof value === 'string' ? { [column]: leanCloudDate(Date.parse(value)) } : {};
}
