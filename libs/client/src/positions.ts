import type { ClientStorage } from './storage.js';

const key = 'positions';
/** How long a change may wait to be kept (ms): what is lost with a crash is delivered again, and told once more. */
const patience = 500;

/**
 * The last seq received per conversation: what the client says to resume. Only what was received as an event counts; an
 * acknowledgement may overtake events of others that stand before it.
 */
export class Positions {
  private readonly seqs: Map<string, number>;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly storage: ClientStorage) {
    this.seqs = new Map(Object.entries(JSON.parse(storage.get(key) ?? '{}') as Record<string, number>));
  }

  /** Null: this client has never been connected, and so has missed nothing. */
  get resume(): Record<string, number> | null {
    return this.storage.get(key) === null ? null : Object.fromEntries(this.seqs);
  }

  of(conversationId: string): number {
    return this.seqs.get(conversationId) ?? 0;
  }

  /** @returns false when it was received before */
  advance(conversationId: string, seq: number): boolean {
    if (seq <= this.of(conversationId)) return false;
    this.seqs.set(conversationId, seq);
    this.timer ??= setTimeout(() => {
      this.keep();
    }, patience);
    return true;
  }

  forget(conversationId: string): void {
    this.seqs.delete(conversationId);
  }

  keep(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.storage.set(key, JSON.stringify(Object.fromEntries(this.seqs)));
  }
}
