/** How much one key may take: `burst` at once, and `perSecond` again afterwards. Null: as much as it likes. */
export type Rate = { readonly perSecond: number; readonly burst: number } | null;

/** Keys that a process remembers at most; whoever invents keys must not fill its memory. */
const remembered = 100_000;

/**
 * A token bucket per key, in this process alone. Each is one number: the time at which it is full again (the generic cell
 * rate algorithm), so that nothing has to run to fill them, and a full one need not be remembered.
 */
export class TokenBuckets {
  private readonly fullAt = new Map<string, number>();
  /** ms that one token takes to come back. */
  private readonly interval: number;
  /** ms that an empty bucket takes to be full. */
  private readonly depth: number;

  constructor(private readonly rate: Rate) {
    this.interval = rate === null ? 0 : 1_000 / rate.perSecond;
    this.depth = rate === null ? 0 : rate.burst * this.interval;
  }

  /**
   * Takes a token.
   *
   * @param now ms of a clock that does not go back
   * @returns 0, or when there is none, after how many ms there will be one; nothing is taken then
   */
  take(key: string, now: number): number {
    const wait = this.wait(key, now);
    if (wait > 0 || this.rate === null) return wait;
    const fullAt = Math.max(this.fullAt.get(key) ?? now, now) + this.interval;
    // Moved to the end, so that the first keys are those that have been quiet for longest.
    this.fullAt.delete(key);
    this.fullAt.set(key, fullAt);
    this.forget(now);
    return 0;
  }

  /** After how many ms there is a token; 0: there is one. */
  wait(key: string, now: number): number {
    const fullAt = this.fullAt.get(key);
    if (fullAt === undefined) return 0;
    return Math.max(0, Math.ceil(fullAt + this.interval - now - this.depth));
  }

  /** How many tokens there are, and after how many ms there are as many as can be. Null: as many as anybody likes. */
  standing(key: string, now: number): { readonly remaining: number; readonly fullIn: number } | null {
    if (this.rate === null) return null;
    const fullIn = Math.max(0, (this.fullAt.get(key) ?? now) - now);
    // Times are fractions, so that a token may lack a billionth.
    const remaining = Math.floor((this.depth - fullIn) / this.interval + 1e-6);
    return { remaining: Math.max(0, remaining), fullIn };
  }

  /** What is full is as good as unknown; beyond what may be remembered, the quietest are let off. */
  private forget(now: number): void {
    for (const [key, fullAt] of this.fullAt) {
      if (fullAt > now && this.fullAt.size <= remembered) return;
      this.fullAt.delete(key);
    }
  }
}
