import type { LiveSignal } from '#contracts/ephemeral.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type { LiveEvent } from '#contracts/sessions.js';

/** Hears a conversation's events, each once, in the order of seq. */
export interface FeedListener {
  hear(event: LiveEvent): void;
  /** Not in any order with the events. */
  hearReceipts(receipts: ReceiptUpdate): void;
  hearSignal(signal: LiveSignal): void;
}

/** Events that arrived before a predecessor; more than this and they are read again rather than kept. */
const keptAhead = 1_000;

/**
 * Puts one conversation's live events in order. Several replicas publish, and core NATS may lose: what comes too early
 * waits for what is missing, and what is missing is read from the database by whoever owns the feed.
 */
export class ConversationFeed {
  readonly listeners = new Set<FeedListener>();
  private readonly ahead = new Map<number, LiveEvent>();

  /** @param lastSeq the timeline's end when the subscription began; everything up to it is history */
  constructor(
    readonly conversationKey: string,
    private lastSeq: number,
  ) {}

  get position(): number {
    return this.lastSeq;
  }

  /** True when something is known to be missing. */
  get hasGap(): boolean {
    return this.ahead.size > 0;
  }

  receive(events: readonly LiveEvent[]): void {
    for (const event of events) {
      const { seq } = event.event;
      // The one that is missing is always taken, however many wait for it.
      const isNext = seq === this.lastSeq + 1;
      if (isNext || (seq > this.lastSeq && this.ahead.size < keptAhead)) this.ahead.set(seq, event);
      if (isNext) this.release();
    }
  }

  hearSignal(signal: LiveSignal): void {
    for (const listener of this.listeners) listener.hearSignal(signal);
  }

  hearReceipts(receipts: ReceiptUpdate): void {
    for (const listener of this.listeners) listener.hearReceipts(receipts);
  }

  /** Nothing up to this seq is still to come: what is missing was deleted long ago. */
  pass(seq: number): void {
    if (seq <= this.lastSeq) return;
    this.lastSeq = seq;
    for (const kept of this.ahead.keys()) if (kept <= seq) this.ahead.delete(kept);
    this.release();
  }

  private release(): void {
    for (let next = this.take(); next !== undefined; next = this.take()) {
      for (const listener of this.listeners) listener.hear(next);
    }
  }

  private take(): LiveEvent | undefined {
    const next = this.ahead.get(this.lastSeq + 1);
    if (next === undefined) return undefined;
    this.lastSeq += 1;
    this.ahead.delete(this.lastSeq);
    return next;
  }
}
