import { limits } from '#contracts/limits.js';

/**
 * In which conversations one client is typing. Whoever has said so, and neither says it again for `typingDuration` nor
 * stops, is taken to have stopped; so is whoever is gone.
 */
export class Typing {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Where it has been typing at some time. */
  private readonly known = new Set<string>();
  private isOver = false;

  /** @param stop tells the others */
  constructor(private readonly stop: (conversationId: string) => void) {}

  started(conversationId: string): void {
    this.stopped(conversationId);
    this.known.add(conversationId);
    if (this.isOver) {
      this.stop(conversationId);
      return;
    }
    const overdue = setTimeout(() => {
      this.timers.delete(conversationId);
      this.stop(conversationId);
    }, limits.typingDuration);
    this.timers.set(conversationId, overdue);
  }

  hasTypedIn(conversationId: string): boolean {
    return this.known.has(conversationId);
  }

  /** Said by the client itself: the others know. @returns whether it was typing */
  stopped(conversationId: string): boolean {
    clearTimeout(this.timers.get(conversationId));
    return this.timers.delete(conversationId);
  }

  /** The client is gone. */
  end(): void {
    this.isOver = true;
    for (const conversationId of [...this.timers.keys()]) {
      this.stopped(conversationId);
      this.stop(conversationId);
    }
  }
}
