/** Counts what was taken and is not answered yet. */
export class InFlight {
  private count = 0;
  private readonly waiting: (() => void)[] = [];

  get size(): number {
    return this.count;
  }

  enter(): void {
    this.count += 1;
  }

  leave(): void {
    this.count -= 1;
    if (this.count === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Resolves when nothing is in flight, or after `patience` ms. */
  async idle(patience: number): Promise<void> {
    if (this.count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Longer than the budget of all hooks (ms): how long a stopping replica waits for the answers that it still owes. */
export const longestAnswer = 14_000;

/** One process has one door for questions, so one counter. */
export const questionsInFlight = new InFlight();
