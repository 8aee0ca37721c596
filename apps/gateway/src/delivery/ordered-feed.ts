/** Items that arrived before a predecessor; more than this and they are read again rather than kept. */
const keptAhead = 1_000;

/**
 * Puts live items that are numbered without a gap in order. Several replicas publish, and core NATS may lose: what comes too
 * early waits for what is missing, and what is missing is read from the database by whoever owns the feed.
 */
export abstract class OrderedFeed<Item, Listener> {
  readonly listeners = new Set<Listener>();
  private readonly ahead = new Map<number, Item>();

  /**
   * @param key of what is followed
   * @param last position of the end when the subscription began; everything up to it is history
   */
  constructor(
    readonly key: string,
    private last: number,
  ) {}

  get position(): number {
    return this.last;
  }

  /** True when something is known to be missing. */
  get hasGap(): boolean {
    return this.ahead.size > 0;
  }

  receive(items: readonly Item[]): void {
    for (const item of items) {
      const position = this.positionOf(item);
      // The one that is missing is always taken, however many wait for it.
      const isNext = position === this.last + 1;
      if (isNext || (position > this.last && this.ahead.size < keptAhead)) this.ahead.set(position, item);
      if (isNext) this.releaseAll();
    }
  }

  /** Nothing up to here is still to come: what is missing was deleted long ago. */
  pass(position: number): void {
    if (position <= this.last) return;
    this.last = position;
    for (const kept of this.ahead.keys()) if (kept <= position) this.ahead.delete(kept);
    this.releaseAll();
  }

  protected abstract positionOf(item: Item): number;

  /** Its turn has come: hands it to the listeners. */
  protected abstract release(item: Item): void;

  private releaseAll(): void {
    for (let next = this.take(); next !== undefined; next = this.take()) this.release(next);
  }

  private take(): Item | undefined {
    const next = this.ahead.get(this.last + 1);
    if (next === undefined) return undefined;
    this.last += 1;
    this.ahead.delete(this.last);
    return next;
  }
}
