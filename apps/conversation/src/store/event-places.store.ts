import { Injectable } from '@nestjs/common';
import type { HistoryBound } from '#contracts/history.js';
import type { Place } from '#domain/timeline/history-range.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { instant, seqAtTime } from './seq-at-time.js';

/** Where in its timeline a bound of a history lies. */
@Injectable()
export class EventPlacesStore {
  constructor(private readonly database: Database) {}

  /** @returns null when it bounds nothing: there is none, or it names an event that the conversation does not have and no time */
  async of(conversationKey: bigint, bound: HistoryBound | null): Promise<Place | null> {
    if (bound === null) return null;
    const { eventId, timestamp, inclusive } = bound;
    const seq = eventId === null ? null : await this.seqOf(conversationKey, eventId);
    if (seq !== null) return { before: seq, after: seq + 1, inclusive };
    return timestamp === null ? null : { ...(await this.at(conversationKey, timestamp)), inclusive };
  }

  /** An event that nobody sees any more still has its place. */
  private async seqOf(conversationKey: bigint, eventId: string): Promise<number | null> {
    const [row] = await this.database.client.$queryRaw<{ seq: bigint }[]>`
      SELECT seq FROM conversation.event
      WHERE id = ${eventId}::uuid AND conversation_key = ${conversationKey}`;
    return row === undefined ? null : Number(row.seq);
  }

  private async at(conversationKey: bigint, timestamp: number): Promise<Omit<Place, 'inclusive'>> {
    const extent = {
      conversationKey: Prisma.sql`conversation.key`,
      firstSeq: Prisma.sql`conversation.first_seq`,
      lastSeq: Prisma.sql`head.last_seq`,
    };
    const [row] = await this.database.client.$queryRaw<{ before: bigint; after: bigint }[]>`
      SELECT ${seqAtTime(extent, instant(timestamp))} AS before, ${seqAtTime(extent, instant(timestamp + 1))} AS after
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.key = ${conversationKey}`;
    return { before: Number(row?.before ?? 1), after: Number(row?.after ?? 1) };
  }
}
