import type { LiveSignal } from '#contracts/ephemeral.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { OrderedFeed } from './ordered-feed.js';

/** Hears a conversation's events, each once, in the order of seq. */
export interface FeedListener {
  readonly userId: string;
  hear(event: LiveEvent): void;
  /** Not in any order with the events. */
  hearReceipts(receipts: ReceiptUpdate): void;
  hearSignal(signal: LiveSignal): void;
}

/** By their users too. */
class FeedListeners extends Set<FeedListener> {
  private readonly byUser = new Map<string, Set<FeedListener>>();

  override add(listener: FeedListener): this {
    const known = this.byUser.get(listener.userId) ?? new Set();
    this.byUser.set(listener.userId, known.add(listener));
    return super.add(listener);
  }

  override delete(listener: FeedListener): boolean {
    const known = this.byUser.get(listener.userId);
    known?.delete(listener);
    if (known?.size === 0) this.byUser.delete(listener.userId);
    return super.delete(listener);
  }

  of(userIds: readonly (string | null)[]): FeedListener[] {
    return [...new Set(userIds)].flatMap((userId) => [...(this.byUser.get(userId ?? '') ?? [])]);
  }
}

/** One conversation's live events, by their seq. */
export class ConversationFeed extends OrderedFeed<LiveEvent, FeedListener> {
  override readonly listeners = new FeedListeners();

  hearSignal(signal: LiveSignal): void {
    for (const listener of this.listeners) listener.hearSignal(signal);
  }

  hearReceipts(receipts: ReceiptUpdate): void {
    for (const listener of this.listeners) listener.hearReceipts(receipts);
  }

  protected positionOf({ event }: LiveEvent): number {
    return event.seq;
  }

  /** What is listed concerns few of the many who may follow a service: the others need not look at it. */
  protected release(event: LiveEvent): void {
    const { audience } = event;
    const concerned =
      audience.kind === 'listed'
        ? this.listeners.of([...audience.userIds, event.event.senderId])
        : this.listeners;
    for (const listener of concerned) listener.hear(event);
  }
}
