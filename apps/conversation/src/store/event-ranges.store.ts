import { Injectable } from '@nestjs/common';
import type { StreamEvent } from '#contracts/stream.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { whichIsThere } from './conversation-row.js';
import { isUnexpired, weightOf } from './event-row.js';
import { instant, seqAtTime } from './seq-at-time.js';
import { streamEventColumns, streamEventOf, unknownOrigin, type StreamEventRow } from './stream-event-row.js';

/** Events by time, of a whole application or of one of its conversations. */
export interface EventRange {
  readonly applicationId: string;
  /** Null: every conversation. */
  readonly conversationId: string | null;
  /** Milliseconds since the epoch; the first instant that counts, and the first that counts no more. */
  readonly from: number;
  readonly to: number;
}

/** Everything before it has been given: conversations by their number, events by seq. */
export interface RangePosition {
  readonly number: number;
  /** Of the last event given of that conversation; 0: none. */
  readonly seq: number;
}

interface Timeline {
  readonly number: number;
  readonly key: bigint;
  /** Null: none of its events are in the range. */
  readonly begin_seq: bigint | null;
  /** The first one that is not. */
  readonly end_seq: bigint | null;
}

/** What one answer looks at, and gives, at most. */
const conversationsAtOnce = 100;
const eventsAtOnce = 200;
const answerWeight = 256 * 1024;

/** Reads events of many conversations by their time, as the timeline has them now; expired ones are left out. */
@Injectable()
export class EventRangesStore {
  constructor(private readonly database: Database) {}

  /** @returns the events after a position; `next` is where to go on, null at the end. There may be none before the end. */
  async read(
    range: EventRange,
    after: RangePosition,
  ): Promise<{ events: StreamEvent[]; next: RangePosition | null }> {
    // The rest of a conversation comes by itself: the others' places are looked for when it is their turn.
    const most = after.seq > 0 ? 1 : conversationsAtOnce;
    const timelines = await this.timelines(range, after, most);
    const { parts, isCut } = firstOf(timelines, eventsAtOnce);
    const rows = parts.length === 0 ? [] : await this.events(parts);
    let weight = 0;
    const taken = rows.filter((row, index) => {
      weight += weightOf(row);
      return index === 0 || weight <= answerWeight;
    });
    const events = taken.map((row) => streamEventOf(row, unknownOrigin));
    const last = taken.at(-1);
    if (last !== undefined && taken.length < rows.length)
      return { events, next: { number: last.number, seq: Number(last.seq) } };
    const lastPart = parts.at(-1);
    if (lastPart !== undefined && isCut)
      return { events, next: { number: lastPart.number, seq: Number(lastPart.end) - 1 } };
    const lastLookedAt = timelines.at(-1);
    const isComplete = lastLookedAt === undefined || timelines.length < most;
    return { events, next: isComplete ? null : { number: lastLookedAt.number + 1, seq: 0 } };
  }

  /** Null: the application has no such event, or nobody sees it any more. */
  async find(applicationId: string, eventId: string): Promise<StreamEvent | null> {
    const rows = await this.database.client.$queryRaw<StreamEventRow[]>`
      SELECT ${streamEventColumns}
      FROM conversation.event
      JOIN conversation.conversation ON conversation.key = event.conversation_key
      JOIN conversation.conversation_head AS head ON head.conversation_key = event.conversation_key
      WHERE event.id = ${eventId}::uuid AND conversation.application_id = ${applicationId}
        AND event.seq >= conversation.first_seq AND ${isUnexpired} AND ${whichIsThere}`;
    const [row] = rows;
    return row === undefined ? null : streamEventOf(row, unknownOrigin);
  }

  /** Where the range begins and ends in each of the next conversations. */
  private timelines(
    { applicationId, conversationId, from, to }: EventRange,
    after: RangePosition,
    most: number,
  ): Promise<Timeline[]> {
    const extent = {
      conversationKey: Prisma.sql`conversation.key`,
      firstSeq: Prisma.sql`conversation.first_seq`,
      lastSeq: Prisma.sql`head.last_seq`,
    };
    const fromTime = instant(from);
    const toTime = instant(to);
    const ofOne =
      conversationId === null ? Prisma.empty : Prisma.sql`AND conversation.id = ${conversationId}`;
    return this.database.client.$queryRaw<Timeline[]>`
      SELECT conversation.number, conversation.key, place.begin_seq, place.end_seq
      FROM (
        SELECT number, key, first_seq, expires_at FROM conversation.conversation
        WHERE application_id = ${applicationId} AND number >= ${after.number}::int ${ofOne}
        ORDER BY number LIMIT ${most}
      ) AS conversation
      CROSS JOIN LATERAL (
        SELECT state, last_seq, last_timestamp FROM conversation.conversation_head AS its
        WHERE its.conversation_key = conversation.key OFFSET 0
      ) AS head
      LEFT JOIN LATERAL (
        SELECT
          greatest(${seqAtTime(extent, fromTime)},
            CASE conversation.number WHEN ${after.number}::int THEN ${after.seq}::bigint ELSE 0 END + 1) AS begin_seq,
          CASE WHEN head.last_timestamp < ${toTime} THEN head.last_seq + 1 ELSE ${seqAtTime(extent, toTime)} END AS end_seq
      ) AS place ON head.last_timestamp >= ${fromTime} AND ${whichIsThere}
      ORDER BY conversation.number`;
  }

  private events(parts: readonly Part[]): Promise<(StreamEventRow & { readonly number: number })[]> {
    return this.database.client.$queryRaw`
      SELECT conversation.number, ${streamEventColumns}
      FROM unnest(
        ${parts.map(({ key }) => String(key))}::bigint[],
        ${parts.map(({ begin }) => String(begin))}::bigint[],
        ${parts.map(({ end }) => String(end))}::bigint[]
      ) AS part(conversation_key, begin_seq, end_seq)
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.conversation AS its WHERE its.key = part.conversation_key OFFSET 0
      ) AS conversation
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.event AS stored
        WHERE stored.conversation_key = part.conversation_key
          AND stored.seq >= part.begin_seq AND stored.seq < part.end_seq
        OFFSET 0
      ) AS event
      WHERE ${isUnexpired}
      ORDER BY conversation.number, event.seq`;
  }
}

interface Part {
  readonly number: number;
  readonly key: bigint;
  readonly begin: bigint;
  /** The first one that is not in it. */
  readonly end: bigint;
}

/** So much of the ranges that they have at most `most` events: a timeline has no hole. */
function firstOf(timelines: readonly Timeline[], most: number): { parts: Part[]; isCut: boolean } {
  const parts: Part[] = [];
  let left = BigInt(most);
  for (const { number, key, begin_seq: begin, end_seq: end } of timelines) {
    if (begin === null || end === null || begin >= end) continue;
    if (left === 0n) return { parts, isCut: true };
    if (end - begin > left) {
      parts.push({ number, key, begin, end: begin + left });
      return { parts, isCut: true };
    }
    parts.push({ number, key, begin, end });
    left -= end - begin;
  }
  return { parts, isCut: false };
}
