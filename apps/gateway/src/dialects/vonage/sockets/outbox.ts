/** What one socket is to hear, in order, although some of it has to be looked up before it can be said. */
export class Outbox<Item> {
  private before: Promise<void>;
  private isClosed = false;
  /** Whoever asks for room is let through after whoever asked before, and what that one had to say. */
  private turn: Promise<unknown> = Promise.resolve();

  /**
   * @param opened nothing goes out before it resolves
   * @param emit says one thing
   * @param failed something could not be looked up: what comes after it would leave a hole
   */
  constructor(
    opened: Promise<undefined>,
    private readonly emit: (item: Item) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.before = opened;
  }

  /** @param found what is to be said, already being looked up */
  add(found: Promise<readonly Item[]>): void {
    // It may fail before its turn has come.
    found.catch(() => undefined);
    this.before = this.before.then(async () => {
      if (this.isClosed) return;
      try {
        const items = await found;
        if (!this.closed()) for (const item of items) this.emit(item);
      } catch (error) {
        this.close();
        this.failed(error);
      }
    });
  }

  /**
   * Resolves when everything is said that was added until now, and then `room` does. Asked anew for every page, which is to be
   * added before this turn of the event loop is over: so one page is looked up at a time, however many wait.
   */
  space(room: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(async () => {
      await this.before;
      await room();
    });
    this.turn = mine.then(() => new Promise((resolve) => setImmediate(resolve)));
    return mine;
  }

  /** Nothing goes out any more. */
  close(): void {
    this.isClosed = true;
  }

  private closed(): boolean {
    return this.isClosed;
  }
}
