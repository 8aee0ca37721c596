import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import { Prisma } from '#prisma/client.js';
import { isBlockedIn } from './blocks.store.js';
import { isIn } from './is-in.js';

export interface SenderState {
  /** Milliseconds since the epoch. */
  readonly silencedUntil: number | null;
  /** The only other one who is in has blocked this one. */
  readonly isBlocked: boolean;
}

export interface Participants {
  readonly state: 'active' | 'inactive' | 'deleted';
  /** Ids of everybody who is in, with what concerns sending. */
  readonly members: ReadonlyMap<string, SenderState>;
  /** Of a service: it is to be without the sender. Elsewhere whoever is blocked is not among the members. */
  readonly isSenderBlocked?: boolean;
}

/** Users of services: nothing here looks at more of them than are named. */
@Injectable()
export class SubscribersStore {
  constructor(private readonly database: Database) {}

  /** A service with this user alone, if it is subscribed; null: there is no such service. */
  async asParticipant(
    conversationKey: bigint,
    userId: string | null,
    queries: Queries = this.database.queries,
  ): Promise<Participants | null> {
    const rows = await queries.$queryRaw<
      {
        readonly state: Participants['state'];
        readonly user_id: string | null;
        readonly silenced_until: Date | null;
        readonly is_blocked: boolean;
      }[]
    >`
      SELECT head.state::text AS state, member.user_id, member.silenced_until,
        ${isBlockedIn(Prisma.sql`head.conversation_key`, Prisma.sql`${userId}::text`)} AS is_blocked
      FROM conversation.conversation_head AS head
      LEFT JOIN LATERAL (
        SELECT user_id, silenced_until FROM conversation.member
        WHERE member.conversation_key = head.conversation_key AND member.user_id = ${userId}::text
          AND ${isIn()}
        LIMIT 1
      ) AS member ON true
      WHERE head.conversation_key = ${conversationKey}`;
    const [row] = rows;
    if (row === undefined) return null;
    const sender = { silencedUntil: row.silenced_until?.getTime() ?? null, isBlocked: false };
    const members = new Map(row.user_id === null ? [] : [[row.user_id, sender]]);
    return { state: row.state, members, isSenderBlocked: row.is_blocked };
  }

  /**
   * Those of these pairs of a service and a user that it is to be without, as `pairKey` writes them. Under the heads' locks it
   * stays so: whoever blocks holds them too.
   */
  async blockedAmong(
    queries: Queries,
    pairs: readonly { conversationKey: bigint; userId: string }[],
    pairKey: (conversationKey: bigint, userId: string) => string,
  ): Promise<Set<string>> {
    const rows = await queries.$queryRaw<{ conversation_key: bigint; user_id: string }[]>`
      SELECT pair.conversation_key, pair.user_id
      FROM unnest(
        ${pairs.map((pair) => String(pair.conversationKey))}::bigint[],
        ${pairs.map((pair) => pair.userId)}::text[]
      ) AS pair(conversation_key, user_id)
      WHERE ${isBlockedIn(Prisma.sql`pair.conversation_key`, Prisma.sql`pair.user_id`)}`;
    return new Set(rows.map((row) => pairKey(row.conversation_key, row.user_id)));
  }
}
