import { Injectable } from '@nestjs/common';
import type { ReceiptEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import { Database, type Transaction } from '#platform/database/database.js';
import {
  audienceOfRow,
  isUnexpired,
  liveEventOf,
  recipientsColumn,
  selectEvents,
  type EventRow,
} from './event-row.js';
import type { Appended } from './append.store.js';

/** What one member has acknowledged of one event. */
export interface SaidReceipt extends Appended {
  readonly targetSeq: number;
  readonly type: ReceiptEvent['type'];
  readonly userId: string;
  readonly senderMemberId: string | null;
}
type Receipt = Pick<SaidReceipt, 'targetSeq' | 'type' | 'userId'>;
interface ReceiptRow extends Pick<
  EventRow,
  'seq' | 'target_seq' | 'audience' | 'sender_member_id' | 'created_at' | 'recipients'
> {
  readonly type: ReceiptEvent['type'];
  readonly sender_id: string;
}

/** Of one receipt; ids of users cannot contain ':'. */
export function receiptKey({ targetSeq, type, userId }: Receipt): string {
  return `${String(targetSeq)}:${type}:${userId}`;
}

/** A part of a timeline that a user gets past. */
export interface Passage {
  readonly key: string;
  readonly userId: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Of a passage, the newest so many events are looked at; receipts are events too, so that there may be many in a row. */
const lookedAt = 4_000;
/** Receipts of one event that are given at most: as many as the members of the largest group can say at one time. */
const receiptsOfOne = 2 * limits.membersPerGroup;

/** Receipts that are events of a timeline. What is written here needs the lock of the conversation's head. */
@Injectable()
export class ReceiptEventsStore {
  constructor(private readonly database: Database) {}

  /** From now on receipts of the conversation are events. */
  async begin(transaction: Transaction, conversationKey: bigint): Promise<void> {
    await transaction.$executeRaw`
      UPDATE conversation.conversation SET receipts_as_events = true
      WHERE key = ${conversationKey} AND NOT receipts_as_events`;
  }

  /** By seq; missing where there is nothing, or nothing any more. */
  async at(
    transaction: Transaction,
    conversationKey: bigint,
    seqs: readonly number[],
  ): Promise<Map<number, LiveEvent>> {
    if (seqs.length === 0) return new Map();
    const rows = await transaction.$queryRaw<EventRow[]>`
      ${selectEvents}
      WHERE event.conversation_key = ${conversationKey} AND event.seq = ANY(${seqs.map(String)}::bigint[])
        AND ${isUnexpired} AND event.seq >= conversation.first_seq`;
    return new Map(rows.map((row) => [Number(row.seq), liveEventOf(row)]));
  }

  /** Those of these receipts that are there already, by `receiptKey`. */
  async saidBefore(
    transaction: Transaction,
    conversationKey: bigint,
    receipts: readonly Receipt[],
  ): Promise<Map<string, Appended>> {
    if (receipts.length === 0) return new Map();
    const rows = await transaction.$queryRaw<
      (Receipt & { readonly seq: bigint; readonly created_at: Date })[]
    >`
      SELECT receipt.target_seq::float8 AS "targetSeq", receipt.type, receipt.user_id AS "userId", said.seq, said.created_at
      FROM unnest(
        ${receipts.map(({ targetSeq }) => String(targetSeq))}::bigint[],
        ${receipts.map(({ type }) => type)}::text[],
        ${receipts.map(({ userId }) => userId)}::text[]
      ) AS receipt(target_seq, type, user_id)
      CROSS JOIN LATERAL (
        SELECT seq, created_at FROM conversation.event
        WHERE conversation_key = ${conversationKey} AND target_seq = receipt.target_seq
          AND type = receipt.type AND sender_id = receipt.user_id
        LIMIT 1
      ) AS said`;
    return new Map(
      rows.map(({ seq, created_at: at, ...receipt }) => [
        receiptKey(receipt),
        { seq: Number(seq), timestamp: at.getTime() },
      ]),
    );
  }

  /**
   * What was acknowledged of these events, at most so much of each, in the order in which it was. Where people come and go, more
   * may have been said of one than a group has members.
   *
   * @param reader who sees what was said of others' messages only where the messages were for all; null: a server, which sees all
   */
  async of(
    conversationKey: bigint,
    targetSeqs: readonly number[],
    reader: { readonly userId: string; readonly range: VisibleRange } | null,
  ): Promise<SaidReceipt[]> {
    const rows = await this.database.client.$queryRaw<ReceiptRow[]>`
      SELECT receipt.* FROM unnest(${targetSeqs.map(String)}::bigint[]) AS target(seq)
      CROSS JOIN LATERAL (
        SELECT event.seq, event.target_seq, event.type, event.sender_id, event.audience::text AS audience, event.created_at,
          event.sender_member_id::text, ${recipientsColumn}
        FROM conversation.event
        WHERE event.conversation_key = ${conversationKey} AND event.target_seq = target.seq
          AND event.type IN ('receipt.delivered', 'receipt.read') AND ${isUnexpired}
        ORDER BY event.sender_id LIMIT ${receiptsOfOne}
      ) AS receipt
      ORDER BY receipt.seq`;
    return rows.flatMap((row): SaidReceipt[] => {
      const [seq, targetSeq] = [Number(row.seq), Number(row.target_seq)];
      const { type, sender_id: userId, sender_member_id: senderMemberId } = row;
      const seen = { seq, targetSeq, senderId: userId, audience: audienceOfRow(row) };
      if (reader !== null && !isVisible(seen, reader.userId, reader.range)) return [];
      return [{ seq, timestamp: row.created_at.getTime(), targetSeq, type, userId, senderMemberId }];
    });
  }

  /**
   * The newest event of each passage that somebody else has said to the user, by the passage's key; missing: there is none
   * among the last so many.
   */
  async newestOf(
    transaction: Transaction,
    conversationKey: bigint,
    passages: readonly Passage[],
  ): Promise<Map<string, number>> {
    if (passages.length === 0) return new Map();
    // What is read is delivered as well: both passages of a user mostly end at the same place.
    const stretches = [...Map.groupBy(passages, stretchOf)].map(([key, those]) => ({
      key,
      userId: those[0]?.userId ?? '',
      toSeq: those[0]?.toSeq ?? 0,
      fromSeq: Math.min(...those.map(({ fromSeq }) => fromSeq)),
    }));
    const rows = await transaction.$queryRaw<{ key: string; seq: bigint }[]>`
      SELECT passage.key, newest.seq
      FROM unnest(
        ${stretches.map(({ key }) => key)}::text[],
        ${stretches.map(({ userId }) => userId)}::text[],
        ${stretches.map(({ fromSeq, toSeq }) => String(Math.max(fromSeq, toSeq - lookedAt)))}::bigint[],
        ${stretches.map(({ toSeq }) => String(toSeq))}::bigint[]
      ) AS passage(key, user_id, from_seq, to_seq)
      CROSS JOIN LATERAL (
        SELECT event.seq FROM conversation.event
        WHERE event.conversation_key = ${conversationKey}
          AND event.seq >= passage.from_seq AND event.seq <= passage.to_seq AND ${isUnexpired}
          AND (event.type = 'message' OR starts_with(event.type, 'custom:'))
          AND event.sender_id <> passage.user_id
          AND (event.audience = 'everyone' OR (event.audience = 'listed' AND EXISTS (
            SELECT FROM conversation.event_recipient AS recipient
            WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
              AND recipient.user_id = passage.user_id
          )))
        ORDER BY event.seq DESC LIMIT 1
      ) AS newest`;
    const newest = new Map(rows.map(({ key, seq }) => [key, Number(seq)]));
    return new Map(
      passages.flatMap((passage) => {
        const seq = newest.get(stretchOf(passage));
        return seq === undefined || seq < passage.fromSeq ? [] : [[passage.key, seq] as const];
      }),
    );
  }
}

function stretchOf({ userId, toSeq }: Passage): string {
  return `${userId}:${String(toSeq)}`;
}
