import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import type { Stay, StayState } from '#contracts/stays.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { conversationOf, isThere, withHead } from './conversation-row.js';

export interface StayPage<Position> {
  readonly states: readonly StayState[] | null;
  readonly order: 'ascending' | 'descending';
  /** Exclusive; null: from the beginning. */
  readonly after: Position | null;
  readonly limit: number;
}

interface StayRow {
  readonly id: string;
  readonly conversation_key: bigint;
  readonly user_id: string;
  readonly role: Stay['role'];
  readonly state: StayState;
  readonly inviter_id: string | null;
  readonly invited_at: Date | null;
  readonly joined_at: Date | null;
  readonly left_at: Date | null;
}

const stayColumns = Prisma.sql`
  member.id::text, member.conversation_key, member.user_id, member.role::text AS role, member.state::text AS state,
  member.inviter_id, member.invited_at, member.joined_at, member.left_at`;

/** Stays, ended ones included. */
@Injectable()
export class StayListsStore {
  constructor(private readonly database: Database) {}

  /** In the order in which they began: ids of stays are ordered by time. One more than `limit` tells that there are more. */
  async list(conversationKey: bigint, page: StayPage<string>): Promise<Stay[]> {
    const { states, after, limit, order } = page;
    const isOfPresent = states !== null && !states.includes('left');
    const direction = order === 'ascending' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
    const beyond =
      order === 'ascending' ? Prisma.sql`member.id > ${after}::uuid` : Prisma.sql`member.id < ${after}::uuid`;
    const ofPresent = Prisma.sql`member.conversation_key = ${conversationKey} AND member.state <> 'left'`;
    // The form that the index "member_in_order" has.
    const inOrder = Prisma.sql`member.conversation_key::text = ${String(conversationKey)}`;
    const rows = await this.database.client.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM ${isOfPresent ? presentIn(conversationKey) : Prisma.sql`conversation.member`}
      WHERE ${isOfPresent ? ofPresent : inOrder}
        ${after === null ? Prisma.empty : Prisma.sql`AND ${beyond}`}
        ${states === null ? Prisma.empty : Prisma.sql`AND member.state::text = ANY(${[...states]}::text[])`}
      ORDER BY member.id ${direction}
      LIMIT ${limit + 1}`;
    return rows.map(stayOf);
  }

  async byIds(conversationKey: bigint, ids: readonly string[]): Promise<Stay[]> {
    const rows = await this.database.client.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM unnest(${[...new Set(ids)]}::uuid[]) AS asked(id)
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.member WHERE id = asked.id AND conversation_key = ${conversationKey} LIMIT 1
      ) AS member`;
    return rows.map(stayOf);
  }

  /** Those who are in or invited. */
  async presentOf(conversationKey: bigint, userIds: readonly string[]): Promise<Stay[]> {
    const rows = await this.database.client.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM unnest(${[...new Set(userIds)]}::text[]) AS asked(user_id)
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.member
        WHERE conversation_key = ${conversationKey} AND user_id = asked.user_id AND state <> 'left' LIMIT 1
      ) AS member`;
    return rows.map(stayOf);
  }

  /**
   * The latest stay in each conversation, with it. Looked at are `limit` conversations after `after`.
   *
   * @returns `last`: key of the last one that was looked at; null: there are no more
   */
  async ofUser(
    applicationId: string,
    userId: string,
    { states, order, after, limit }: StayPage<bigint>,
  ): Promise<{ stays: { conversation: Conversation; stay: Stay }[]; last: bigint | null }> {
    const isAscending = order === 'ascending';
    const direction = isAscending ? Prisma.sql`ASC` : Prisma.sql`DESC`;
    const beyond = isAscending
      ? Prisma.sql`member.conversation_key > ${after}`
      : Prisma.sql`member.conversation_key < ${after}`;
    const rows = await this.database.client.$queryRaw<StayRow[]>`
      SELECT DISTINCT ON (member.conversation_key) ${stayColumns} FROM conversation.member
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId}
        ${after === null ? Prisma.empty : Prisma.sql`AND ${beyond}`}
      ORDER BY member.conversation_key ${direction}, member.id DESC
      LIMIT ${limit + 1}`;
    const page = rows.slice(0, limit);
    const wanted = page.filter(({ state }) => states === null || states.includes(state));
    const conversations = await this.database.client.conversation.findMany({
      where: {
        key: { in: wanted.map((row) => row.conversation_key) },
        kind: { in: ['group', 'temporary'] },
      },
      include: withHead,
    });
    const byKey = new Map(conversations.filter(isThere).map((row) => [row.key, conversationOf(row)]));
    return {
      stays: wanted.flatMap((row) => {
        const conversation = byKey.get(row.conversation_key);
        return conversation === undefined ? [] : [{ conversation, stay: stayOf(row) }];
      }),
      last: rows.length > limit ? (page.at(-1)?.conversation_key ?? null) : null,
    };
  }
}

/** Whoever is present is looked for by the index of those alone, and sorted then: very many may have come and gone. */
function presentIn(conversationKey: bigint): Prisma.Sql {
  return Prisma.sql`(
    SELECT * FROM conversation.member WHERE conversation_key = ${conversationKey} AND state <> 'left' OFFSET 0
  ) AS member`;
}

function stayOf(row: StayRow): Stay {
  return {
    id: row.id,
    userId: row.user_id,
    role: row.role,
    state: row.state,
    inviterId: row.inviter_id,
    invitedAt: row.invited_at?.getTime() ?? null,
    joinedAt: row.joined_at?.getTime() ?? null,
    leftAt: row.left_at?.getTime() ?? null,
  };
}
