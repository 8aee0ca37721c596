import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import type { AttributeEqualities } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import { isService } from '#domain/conversations/service.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { conversationOf, whichIsThere, withHead } from './conversation-row.js';
import { ServiceTimelineStore } from './service-timeline.store.js';

export interface ConversationList {
  readonly applicationId: string;
  /** Who is in them; null: those of the whole application. */
  readonly userId: string | null;
  readonly kind: Conversation['kind'] | null;
  readonly attributes: AttributeEqualities | null;
  readonly limit: number;
}

interface Page<Position> {
  readonly conversations: Conversation[];
  /** Where the next page begins; null: there is none. */
  readonly next: Position | null;
}

interface Candidate {
  readonly key: bigint;
  readonly kind: string;
  readonly last_timestamp: Date;
  readonly matches: boolean;
}

/** The greatest bigint. */
const lastKey = 2n ** 63n - 1n;

interface Range {
  readonly direction: 'ASC' | 'DESC';
  /** The key before the first one; null: from the beginning. */
  readonly bound: bigint | null;
  readonly limit: number;
}

/**
 * Lists of conversations. An index gives candidates in the order of their keys, which is that of creation: the user's
 * memberships, an attribute's value, a kind, or the application. A page looks at no more than `conversationsPerPage` of
 * them, whatever else they have to be.
 */
@Injectable()
export class ConversationListsStore {
  constructor(
    private readonly database: Database,
    private readonly services: ServiceTimelineStore,
  ) {}

  async byCreation(
    list: ConversationList,
    order: 'oldest' | 'newest',
    bound: bigint | null,
  ): Promise<Page<bigint>> {
    const isFiltered = list.attributes !== null || (list.userId !== null && list.kind !== null);
    const limit = isFiltered ? limits.conversationsPerPage : list.limit + 1;
    const direction = order === 'oldest' ? 'ASC' : 'DESC';
    const candidates = await this.candidates(list, { direction, bound, limit });
    const found = candidates.filter(({ matches }) => matches);
    const page = found.slice(0, list.limit);
    const isComplete = candidates.length < limit && found.length === page.length;
    const last = found.length > page.length ? page.at(-1) : candidates.at(-1);
    return { conversations: await this.read(list, page), next: isComplete ? null : (last?.key ?? null) };
  }

  /**
   * By the newest event: no index can follow it, or every append would pay for that. The last created of the user's
   * conversations are compared, all of them for nearly everybody.
   *
   * @param before timestamp and key of the last one of the page before
   */
  async byActivity(
    list: ConversationList,
    before: readonly [bigint, bigint] | null,
  ): Promise<Page<[bigint, bigint]>> {
    const range = { direction: 'DESC', bound: null, limit: limits.conversationsPerPage } as const;
    const candidates = await this.candidates(list, range);
    const matching = candidates.filter(({ matches }) => matches);
    const inServices = await this.inServices(list, matching);
    const found = matching
      .map(({ key, last_timestamp: at }) => ({
        key,
        position: [BigInt((inServices.get(key) ?? at).getTime()), key] as [bigint, bigint],
      }))
      .filter(({ position }) => before === null || compare(position, before) < 0)
      .sort((one, other) => compare(other.position, one.position));
    const page = found.slice(0, list.limit);
    const next = found.length > page.length ? (page.at(-1)?.position ?? null) : null;
    return { conversations: await this.read(list, page), next };
  }

  /** Each row is looked up by itself (OFFSET, LIMIT): a join would let the planner read whole tables. */
  private candidates(list: ConversationList, range: Range): Promise<Candidate[]> {
    const { applicationId, userId, kind, attributes } = list;
    // The first one gives the candidates, unless the user does.
    const others = Object.entries(attributes ?? {}).slice(userId === null ? 1 : 0);
    const matches = [
      whichIsThere,
      ...(kind === null ? [] : [Prisma.sql`conversation.kind::text = ${kind}`]),
      ...others.map(
        ([name, value]) => Prisma.sql`(
          SELECT true FROM conversation.conversation_attribute AS indexed
          WHERE indexed.application_id = ${applicationId} AND indexed.name = ${name}
            AND indexed.value = ${JSON.stringify(value)} AND indexed.conversation_key = candidate.key
          LIMIT 1) IS NOT NULL`,
      ),
    ];
    const order = Prisma.raw(range.direction);
    return this.database.client.$queryRaw<Candidate[]>`
      SELECT candidate.key, conversation.kind::text AS kind, head.last_timestamp, ${Prisma.join(matches, ' AND ')} AS matches
      FROM (${driverOf(list, range)} LIMIT ${range.limit}) AS candidate
      CROSS JOIN LATERAL (
        SELECT kind, expires_at FROM conversation.conversation AS its WHERE its.key = candidate.key OFFSET 0
      ) AS conversation
      CROSS JOIN LATERAL (
        SELECT state, last_timestamp FROM conversation.conversation_head AS its
        WHERE its.conversation_key = candidate.key OFFSET 0
      ) AS head
      ORDER BY candidate.key ${order}`;
  }

  /** Of services, for a user: when something was last said that is for it. What others say there is nothing of it. */
  private inServices(
    { userId }: ConversationList,
    conversations: readonly Pick<Candidate, 'key' | 'kind'>[],
  ): Promise<Map<bigint, Date>> {
    const services = userId === null ? [] : conversations.filter(({ kind }) => isService(kind));
    return this.services.lastActivity(
      userId ?? '',
      services.map(({ key }) => key),
    );
  }

  private async read(
    list: ConversationList,
    page: readonly { readonly key: bigint }[],
  ): Promise<Conversation[]> {
    const keys = page.map(({ key }) => key);
    const rows = await this.database.client.conversation.findMany({
      where: { key: { in: keys } },
      include: withHead,
    });
    const inServices = await this.inServices(list, rows);
    const byKey = new Map(rows.map((row) => [row.key, row]));
    return keys.flatMap((key) => {
      const row = byKey.get(key);
      if (row === undefined) return [];
      const last = inServices.get(key);
      return [{ ...conversationOf(row), ...(last && { lastActivityAt: last.getTime() }) }];
    });
  }
}

/** What gives the candidates, by one index, in the order of their keys. */
function driverOf({ applicationId, userId, kind, attributes }: ConversationList, range: Range): Prisma.Sql {
  const { direction, bound } = range;
  const beyond = (key: Prisma.Sql): Prisma.Sql => {
    if (bound === null) return Prisma.sql`true`;
    return direction === 'ASC' ? Prisma.sql`${key} > ${bound}` : Prisma.sql`${key} < ${bound}`;
  };
  const [attribute] = Object.entries(attributes ?? {});
  if (userId !== null) {
    // As text: see MembersStore.joinedAfter.
    return Prisma.sql`
      SELECT conversation_key AS key FROM conversation.member
      WHERE application_id = ${applicationId} AND user_id = ${userId} AND state::text = 'joined'
        AND ${beyond(Prisma.sql`conversation_key`)}
      ORDER BY conversation_key ${Prisma.raw(direction)}`;
  }
  if (attribute !== undefined) {
    const [name, value] = attribute;
    return Prisma.sql`
      SELECT conversation_key AS key FROM conversation.conversation_attribute
      WHERE application_id = ${applicationId} AND name = ${name} AND value = ${JSON.stringify(value)}
        AND ${beyond(Prisma.sql`conversation_key`)}
      ORDER BY conversation_key ${Prisma.raw(direction)}`;
  }
  // Compared as rows: an equality would let the planner read all applications' conversations in the order of their keys.
  const [low, high] = direction === 'ASC' ? [bound ?? 0n, lastKey] : [0n, bound ?? lastKey];
  const columns = kind === null ? Prisma.sql`application_id` : Prisma.sql`application_id, kind`;
  const values =
    kind === null
      ? Prisma.sql`${applicationId}`
      : Prisma.sql`${applicationId}, ${kind}::conversation.conversation_kind`;
  const order = Prisma.raw(direction);
  return Prisma.sql`
    SELECT key FROM conversation.conversation
    WHERE deleted_at IS NULL AND (${columns}, key) > (${values}, ${low}) AND (${columns}, key) < (${values}, ${high})
    ORDER BY application_id ${order}, ${kind === null ? Prisma.empty : Prisma.sql`kind ${order},`} key ${order}`;
}

function compare(
  [one, oneKey]: readonly [bigint, bigint],
  [other, otherKey]: readonly [bigint, bigint],
): number {
  const difference = one === other ? oneKey - otherKey : one - other;
  return difference < 0n ? -1 : Number(difference > 0n);
}
