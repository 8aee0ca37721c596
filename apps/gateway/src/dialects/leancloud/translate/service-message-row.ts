import type { MessageEvent } from '#contracts/event.js';
import { conversationId, userId } from '#contracts/identifiers.js';
import { eventIdOf } from '#contracts/leancloud/message-id.js';
import { serviceMessageColumns } from '#contracts/leancloud/rows.js';
import { certainParts, isObject, timeOf, type Row } from './where.js';

/**
 * What a user has said to a service as a row of the class `_SysMessage`. Neither the address from which it came nor the time at
 * which it arrived is kept.
 */
export function serviceMessageRowOf(event: MessageEvent): Row {
  const { timestamp, editedAt, recalledAt } = event;
  const columns = serviceMessageColumns({ ...event, eventId: event.id });
  const changedAt = Math.max(timestamp, editedAt ?? 0, recalledAt ?? 0);
  return {
    // The only id by which a message is found again.
    objectId: columns.msgId,
    createdAt: new Date(timestamp).toISOString(),
    updatedAt: new Date(changedAt).toISOString(),
    ...columns,
    timestamp,
  };
}

/**
 * What a `where` says for certain of every row of `_SysMessage` that it asks for; null: nothing. What is no id names nothing, so
 * that lists may be empty.
 */
export interface ServiceMessageCertainties {
  readonly conversationIds: readonly string[] | null;
  readonly senderIds: readonly string[] | null;
  readonly eventIds: readonly string[] | null;
  /** ms, both inclusive. */
  readonly earliest: number | null;
  readonly latest: number | null;
}

export function serviceMessageCertainties(where: unknown): ServiceMessageCertainties {
  const certain = certainParts(where);
  const of = (...names: string[]): unknown[] =>
    certain.filter(([name]) => names.includes(name)).map(([, constraint]) => constraint);
  const times = of('timestamp', 'createdAt');
  const earliest = times.flatMap((constraint) => boundsIn(constraint, ['$gt', '$gte']));
  const latest = times.flatMap((constraint) => boundsIn(constraint, ['$lt', '$lte']));
  return {
    conversationIds: firstOf(of('conv'), pointedAt),
    senderIds: firstOf(of('from'), (id) => userId.safeParse(id).data ?? null),
    eventIds: firstOf(of('objectId', 'msgId'), (id) => (typeof id === 'string' ? eventIdOf(id) : null)),
    earliest: earliest.length === 0 ? null : Math.floor(Math.max(...earliest)),
    latest: latest.length === 0 ? null : Math.ceil(Math.min(...latest)),
  };
}

/**
 * What the first constraint allows that says something by an equality or by `$in`; null: none does.
 *
 * @param idOf null: it is no id
 */
function firstOf(
  constraints: readonly unknown[],
  idOf: (value: unknown) => string | null,
): readonly string[] | null {
  for (const constraint of constraints) {
    const { $in } = isObject(constraint) ? constraint : {};
    const values: unknown = isEquality(constraint) ? [constraint] : $in;
    if (Array.isArray(values)) return values.flatMap((value) => idOf(value) ?? []);
  }
  return null;
}

function isEquality(constraint: unknown): boolean {
  return !isObject(constraint) || !Object.keys(constraint).some((name) => name.startsWith('$'));
}

/** Of a pointer to a conversation. */
function pointedAt(value: unknown): string | null {
  const { __type: type, objectId } = isObject(value) ? value : {};
  return type === 'Pointer' ? (conversationId.safeParse(objectId).data ?? null) : null;
}

/** The times that an equality, or one of these operators, names: ms, as far as there are any. */
function boundsIn(constraint: unknown, operators: readonly string[]): number[] {
  const named = isObject(constraint) ? operators.map((operator) => constraint[operator]) : [];
  return [constraint, ...named].flatMap((value) =>
    typeof value === 'number' ? value : (timeOf(value) ?? []),
  );
}
