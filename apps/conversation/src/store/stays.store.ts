import { Injectable } from '@nestjs/common';
import type { Invitation, Member, MemberRole } from '#contracts/members.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { whichIsThere } from './conversation-row.js';

export interface NewStay {
  readonly id: string;
  readonly userId: string;
  readonly role: MemberRole;
}

/** A member with what only it and servers may know. */
export type Stay = Member & { readonly muted: boolean };

/** Where the timeline says that a stay began or ended. */
interface Position {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

interface StayRow {
  readonly id: string;
  readonly user_id: string;
  readonly role: MemberRole;
  readonly state: Member['state'];
  readonly inviter_id: string | null;
  readonly invited_at: Date | null;
  readonly joined_at: Date | null;
  readonly silenced_until: Date | null;
  readonly muted: boolean;
}

const stayColumns = Prisma.sql`
  member.id::text, member.user_id, member.role::text AS role, member.state::text AS state, member.inviter_id,
  member.invited_at, member.joined_at, member.silenced_until, member.muted`;

/** Stays of users in conversations: rows that are not `left`, and how they begin, change and end. */
@Injectable()
export class StaysStore {
  constructor(private readonly database: Database) {}

  /**
   * Everybody who is in or invited, whoever came first before the others: at most `limits.membersPerGroup`. Not for services,
   * whose subscribers may be millions.
   */
  async present(
    conversationKey: bigint,
    transaction: Transaction = this.database.client,
  ): Promise<readonly Stay[]> {
    // The state stands in the statement itself: only then may its plan use the index of those who are in.
    const rows = await transaction.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND state <> 'left'
      ORDER BY joined_at, id`;
    return rows.map(stayOf);
  }

  async find(
    conversationKey: bigint,
    userId: string,
    transaction: Transaction = this.database.client,
  ): Promise<Stay | null> {
    const [row] = await transaction.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND user_id = ${userId} AND state <> 'left'`;
    return row === undefined ? null : stayOf(row);
  }

  /** Those of these users who are in or invited. */
  async among(
    conversationKey: bigint,
    userIds: readonly string[],
    transaction: Transaction = this.database.client,
  ): Promise<readonly Stay[]> {
    const rows = await transaction.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND user_id = ANY(${[...userIds]}::text[]) AND state <> 'left'
      ORDER BY joined_at, id`;
    return rows.map(stayOf);
  }

  /** Of a service. The head must be locked. */
  async countSubscribers(transaction: Transaction, conversationKey: bigint, more: number): Promise<void> {
    await transaction.conversationHead.update({
      where: { conversationKey },
      data: { subscribers: { increment: more } },
    });
  }

  /** One more than `limit` tells that there are more. @param after exclusive; user ids have no empty text */
  async page(
    conversationKey: bigint,
    { state, role }: { readonly state: Member['state'] | null; readonly role: MemberRole | null },
    after: string,
    limit: number,
  ): Promise<readonly Stay[]> {
    const rows = await this.database.client.$queryRaw<StayRow[]>`
      SELECT ${stayColumns} FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND user_id > ${after} AND state <> 'left'
        AND (${state}::text IS NULL OR state::text = ${state}::text)
        AND (${role}::text IS NULL OR role::text = ${role}::text)
      ORDER BY user_id
      LIMIT ${limit + 1}`;
    return rows.map(stayOf);
  }

  /** Begins stays at the event `joined`, those of invited users too. The head must be locked. */
  async join(
    transaction: Transaction,
    conversation: { readonly key: bigint; readonly applicationId: string },
    { invited, others }: { readonly invited: readonly NewStay[]; readonly others: readonly NewStay[] },
    joined: Position,
  ): Promise<void> {
    const began = {
      state: 'joined',
      joinedAt: new Date(joined.timestamp),
      joinedSeq: BigInt(joined.seq),
    } as const;
    await transaction.member.createMany({
      data: others.map((stay) => ({ ...rowOf(conversation, stay), ...began })),
    });
    for (const { id, role } of invited)
      await transaction.member.update({ where: { id }, data: { role, ...began } });
  }

  /** The head must be locked. */
  async invite(
    transaction: Transaction,
    conversation: { readonly key: bigint; readonly applicationId: string },
    stays: readonly NewStay[],
    { inviterId, timestamp }: { readonly inviterId: string | null; readonly timestamp: number },
  ): Promise<void> {
    const invited = { state: 'invited', inviterId, invitedAt: new Date(timestamp) } as const;
    await transaction.member.createMany({
      data: stays.map((stay) => ({ ...rowOf(conversation, stay), ...invited })),
    });
  }

  /** Ends stays or invitations. The head must be locked. */
  async leave(transaction: Transaction, ids: readonly string[], left: Position): Promise<void> {
    await transaction.member.updateMany({
      where: { id: { in: [...ids] } },
      data: { state: 'left', leftAt: new Date(left.timestamp), leftSeq: BigInt(left.seq) },
    });
  }

  async changeRole(transaction: Transaction, id: string, role: MemberRole): Promise<void> {
    await transaction.member.update({ where: { id }, data: { role } });
  }

  /** @param until milliseconds since the epoch; null lifts it */
  async silence(transaction: Transaction, id: string, until: number | null): Promise<void> {
    const silencedUntil = until === null ? null : new Date(until);
    await transaction.member.update({ where: { id }, data: { silencedUntil } });
  }

  /** All sessions of a user leave a room. @returns whether there was one */
  async evict(transaction: Transaction, conversationKey: bigint, userId: string): Promise<boolean> {
    const { count } = await transaction.roomAttendance.deleteMany({ where: { conversationKey, userId } });
    return count > 0;
  }

  async mute(transaction: Transaction, id: string, muted: boolean): Promise<void> {
    await transaction.member.update({ where: { id }, data: { muted } });
  }

  /**
   * What a user is invited to, in the order of the conversations' keys: by the index of invitations, which holds nothing of
   * the many conversations that the user is in.
   */
  async invitations(
    applicationId: string,
    userId: string,
    after: bigint,
    limit: number,
  ): Promise<{ readonly invitations: readonly Invitation[]; readonly lastKey: bigint | null }> {
    const rows = await this.database.client.$queryRaw<(StayRow & InvitedTo)[]>`
      SELECT ${stayColumns}, conversation.key, conversation.id AS conversation_id, conversation.name,
        conversation.kind::text AS kind
      FROM conversation.member
      JOIN conversation.conversation ON conversation.key = member.conversation_key
      JOIN conversation.conversation_head AS head ON head.conversation_key = member.conversation_key
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId}
        AND member.state = 'invited' AND member.conversation_key > ${after} AND ${whichIsThere}
      ORDER BY member.conversation_key
      LIMIT ${limit + 1}`;
    const page = rows.slice(0, limit);
    return {
      invitations: page.map((row) => ({
        conversationId: row.conversation_id,
        conversationKind: row.kind,
        conversationName: row.name,
        role: row.role,
        inviterId: row.inviter_id,
        invitedAt: row.invited_at?.getTime() ?? 0,
      })),
      lastKey: rows.length > limit ? (page.at(-1)?.key ?? null) : null,
    };
  }
}

interface InvitedTo {
  readonly key: bigint;
  readonly conversation_id: string;
  readonly name: string | null;
  readonly kind: Invitation['conversationKind'];
}

function rowOf(
  { key: conversationKey, applicationId }: { readonly key: bigint; readonly applicationId: string },
  stay: NewStay,
): NewStay & { readonly conversationKey: bigint; readonly applicationId: string } {
  return { ...stay, conversationKey, applicationId };
}

function stayOf(row: StayRow): Stay {
  const silencedUntil = row.silenced_until?.getTime() ?? 0;
  return {
    id: row.id,
    userId: row.user_id,
    role: row.role,
    state: row.state,
    inviterId: row.inviter_id,
    invitedAt: row.invited_at?.getTime() ?? null,
    joinedAt: row.joined_at?.getTime() ?? null,
    ...(silencedUntil > Date.now() && { silencedUntil }),
    muted: row.muted,
  };
}

/** A stay as other members may see it. */
export function memberOf({ muted: _muted, ...member }: Member): Member {
  return member;
}
