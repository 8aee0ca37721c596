import { Injectable } from '@nestjs/common';
import type { MemberReceipt } from '#contracts/receipts.js';
import type { Conversation } from '#contracts/conversations.js';
import type { Part } from '#domain/permissions/conversation-permissions.js';
import { watermarksOf, type Watermarks } from '#domain/receipts/watermarks.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';
import { isIn } from './is-in.js';
import { memberKey } from './members.store.js';

/** What decides about a receipt: what the user is in the conversation, and how far it and the timeline have got. */
export interface ReceiptStay {
  /** Null for whoever is neither in nor invited. */
  readonly memberId: string | null;
  readonly part: Part;
  readonly kind: Conversation['kind'];
  readonly at: Watermarks;
  readonly lastSeq: number;
  /** Each is an event of the timeline, as long as the conversation is small. */
  readonly areEvents: boolean;
}

/** New watermarks of one stay. */
export interface Advance extends Watermarks {
  readonly memberId: string;
}

interface StayRow {
  readonly conversation_key: bigint;
  readonly user_id: string;
  readonly last_seq: bigint;
  readonly kind: Conversation['kind'];
  readonly receipts_as_events: boolean;
  readonly id: string | null;
  readonly state: 'invited' | 'joined';
  readonly role: 'owner' | 'manager' | 'member';
  readonly joined_seq: bigint | null;
  readonly delivered_seq: bigint;
  readonly read_seq: bigint;
}

/** How far members have got. */
@Injectable()
export class ReceiptsStore {
  constructor(private readonly database: Database) {}

  /**
   * By `memberKey`; missing where the conversation does not exist. Not locked: `advance` asks nothing of it but the ids.
   * LIMIT: see `MembersStore.senders`.
   */
  async stays(
    pairs: readonly { conversationKey: bigint; userId: string }[],
    queries: Queries = this.database.queries,
  ): Promise<Map<string, ReceiptStay>> {
    const rows = await queries.$queryRaw<StayRow[]>`
      SELECT pair.conversation_key, pair.user_id, head.last_seq, conversation.kind::text AS kind,
        conversation.receipts_as_events, member.id::text, member.state::text AS state,
        member.role::text AS role, member.joined_seq, member.delivered_seq, member.read_seq
      FROM unnest(
        ${pairs.map((pair) => String(pair.conversationKey))}::bigint[],
        ${pairs.map((pair) => pair.userId)}::text[]
      ) AS pair(conversation_key, user_id)
      JOIN conversation.conversation_head AS head ON head.conversation_key = pair.conversation_key
      JOIN conversation.conversation ON conversation.key = pair.conversation_key
      LEFT JOIN LATERAL (
        SELECT * FROM conversation.member
        WHERE member.conversation_key = pair.conversation_key AND member.user_id = pair.user_id AND member.state <> 'left'
        LIMIT 1
      ) AS member ON true
      WHERE head.state <> 'deleted'`;
    return new Map(rows.map((row) => [memberKey(row.conversation_key, row.user_id), stayOf(row)]));
  }

  /**
   * Moves watermarks forward, those of many conversations in one statement and without the locks of their heads. It waits
   * for nobody, so that it cannot be part of a deadlock, whoever locks members in whatever order: rows that somebody else
   * is changing at the moment are left out.
   *
   * @returns ids of the stays that were advanced
   */
  async advance(advances: readonly Advance[]): Promise<Set<string>> {
    const rows = await this.database.queries.$queryRaw<{ id: string }[]>`
      WITH wanted AS (
        SELECT * FROM unnest(
          ${advances.map(({ memberId }) => memberId)}::uuid[],
          ${advances.map(({ deliveredSeq }) => String(deliveredSeq))}::bigint[],
          ${advances.map(({ readSeq }) => String(readSeq))}::bigint[]
        ) AS wanted(id, delivered_seq, read_seq)
      ), free AS (
        SELECT wanted.* FROM wanted JOIN conversation.member USING (id)
        FOR NO KEY UPDATE OF member SKIP LOCKED
      )
      UPDATE conversation.member
      SET delivered_seq = greatest(member.delivered_seq, free.delivered_seq),
        read_seq = greatest(member.read_seq, free.read_seq)
      FROM free
      WHERE member.id = free.id AND member.state = 'joined'
      RETURNING member.id::text`;
    return new Set(rows.map(({ id }) => id));
  }

  /** As `advance`, for one stay: waits for whoever is changing it, while holding nothing itself. False: it has ended. */
  async advanceOne({ memberId, deliveredSeq, readSeq }: Advance): Promise<boolean> {
    const written = await this.database.queries.$executeRaw`
      UPDATE conversation.member
      SET delivered_seq = greatest(delivered_seq, ${String(deliveredSeq)}::bigint),
        read_seq = greatest(read_seq, ${String(readSeq)}::bigint)
      WHERE id = ${memberId}::uuid AND state = 'joined'`;
    return written > 0;
  }

  /**
   * As `advance`, of stays of one conversation, whose head must be locked: then none of them can have ended. It waits for whoever
   * changes one of them without that lock (an erasure, which changes many as well), in the order of their ids.
   */
  async advanceLocked(transaction: Transaction, advances: readonly Advance[]): Promise<void> {
    if (advances.length === 0) return;
    await transaction.$executeRaw`
      WITH locked AS (
        SELECT wanted.* FROM unnest(
          ${advances.map(({ memberId }) => memberId)}::uuid[],
          ${advances.map(({ deliveredSeq }) => String(deliveredSeq))}::bigint[],
          ${advances.map(({ readSeq }) => String(readSeq))}::bigint[]
        ) AS wanted(id, delivered_seq, read_seq)
        JOIN conversation.member USING (id)
        ORDER BY member.id
        FOR NO KEY UPDATE OF member
      )
      UPDATE conversation.member
      SET delivered_seq = greatest(member.delivered_seq, locked.delivered_seq),
        read_seq = greatest(member.read_seq, locked.read_seq)
      FROM locked
      WHERE member.id = locked.id`;
  }

  /** Those of the conversations that have at most so many members, whose progress all of them may hear of: services are not among them. */
  async withAtMost(
    members: number,
    conversationKeys: readonly bigint[],
    queries: Queries = this.database.queries,
  ): Promise<Set<bigint>> {
    const rows = await queries.$queryRaw<{ conversation_key: bigint }[]>`
      SELECT wanted.conversation_key
      FROM unnest(${conversationKeys.map(String)}::bigint[]) AS wanted(conversation_key)
      WHERE (
        SELECT count(*) FROM (
          SELECT FROM conversation.member
          WHERE member.conversation_key = wanted.conversation_key AND ${isIn()}
          LIMIT ${members + 1}::int
        ) AS counted
      ) <= ${members}::int AND (
        SELECT its.kind <> 'system' FROM conversation.conversation AS its WHERE its.key = wanted.conversation_key)`;
    return new Set(rows.map((row) => row.conversation_key));
  }

  /** A page of the members' watermarks, in the order of their users. @param after id of the last stay of the page before */
  async list(
    conversationKey: bigint,
    after: string | null,
    limit: number,
  ): Promise<{ receipts: MemberReceipt[]; last: string | null }> {
    const rows = await this.database.client.$queryRaw<
      { id: string; user_id: string; joined_seq: bigint; delivered_seq: bigint; read_seq: bigint }[]
    >`
      SELECT id::text, user_id, joined_seq, delivered_seq, read_seq FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND ${isIn()} AND user_id > coalesce((
        SELECT last.user_id FROM conversation.member AS last
        WHERE last.id = ${after}::uuid AND last.conversation_key = ${conversationKey}
      ), '')
      ORDER BY user_id
      LIMIT ${limit + 1}`;
    const page = rows.slice(0, limit);
    return {
      receipts: page.map((row) => ({
        userId: row.user_id,
        ...watermarksOf(storedOf(row), Number(row.joined_seq)),
      })),
      last: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  }

  /**
   * Whom an event has reached: members who were in when it was stored, at most so many.
   *
   * @param among these users alone; null: all
   */
  async ofEvent(
    conversationKey: bigint,
    event: {
      readonly seq: number;
      readonly senderId: string | null;
      readonly among: readonly string[] | null;
    },
    limit: number,
  ): Promise<{ userId: string; isRead: boolean }[]> {
    const { seq, senderId, among } = event;
    const rows = await this.database.client.$queryRaw<{ user_id: string; is_read: boolean }[]>`
      SELECT user_id, read_seq >= ${seq} AS is_read FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND ${isIn()} AND joined_seq <= ${seq}
        AND delivered_seq >= ${seq} AND user_id IS DISTINCT FROM ${senderId}::text
        AND (${among === null}::boolean OR user_id = ANY(${[...(among ?? [])]}::text[]))
      ORDER BY user_id
      LIMIT ${limit}`;
    return rows.map((row) => ({ userId: row.user_id, isRead: row.is_read }));
  }
}

function stayOf(row: StayRow): ReceiptStay {
  const { id, state, role, kind, receipts_as_events: areEvents } = row;
  const lastSeq = Number(row.last_seq);
  if (id === null) {
    return {
      memberId: null,
      part: 'outsider',
      kind,
      at: { deliveredSeq: 0, readSeq: 0 },
      lastSeq,
      areEvents,
    };
  }
  return {
    memberId: id,
    part: state === 'invited' ? 'invited' : role,
    kind,
    at: watermarksOf(storedOf(row), Number(row.joined_seq)),
    lastSeq,
    areEvents,
  };
}

function storedOf(row: { readonly delivered_seq: bigint; readonly read_seq: bigint }): Watermarks {
  return { deliveredSeq: Number(row.delivered_seq), readSeq: Number(row.read_seq) };
}
