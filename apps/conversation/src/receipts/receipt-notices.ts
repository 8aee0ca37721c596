import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { MemberReceipt } from '#contracts/receipts.js';
import type { Watermarks } from '#domain/receipts/watermarks.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { ReceiptsStore } from '../store/receipts.store.js';

/** Where a member stands now. */
export interface Moved {
  readonly conversationKey: bigint;
  readonly conversationId: string;
  readonly userId: string;
  readonly at: Watermarks;
}

/** Tells who is connected that members have got further: one notice per conversation. It may be lost. */
@Injectable()
export class ReceiptNotices {
  constructor(
    private readonly receipts: ReceiptsStore,
    private readonly live: LivePublisher,
  ) {}

  /** In large conversations everybody's progress would be told to everybody all the time: there it is asked for alone. */
  async tell(moved: readonly Moved[]): Promise<void> {
    const conversations = Map.groupBy(moved, ({ conversationKey }) => conversationKey);
    if (conversations.size === 0) return;
    let small: ReadonlySet<bigint>;
    try {
      small = await this.receipts.withAtMost(limits.liveReceiptMembers, [...conversations.keys()]);
    } catch {
      // What is committed already is acknowledged; notices may be lost.
      return;
    }
    for (const [key, members] of conversations) {
      const [first] = members;
      if (first === undefined || !small.has(key)) continue;
      const receipts = members.map(({ userId, at }): MemberReceipt => ({ userId, ...at }));
      this.live.receipts(key, { conversationId: first.conversationId, receipts });
    }
  }
}
