const first = 250;
const longest = 15_000;

/** Growing delays with chance in them, so that clients which were cut off together do not come back together. */
export class BackOff {
  private attempts = 0;

  /** @returns ms */
  next(atLeast = 0): number {
    const delay = Math.min(longest, first * 2 ** this.attempts);
    this.attempts += 1;
    return Math.max(atLeast, delay * (0.5 + Math.random() / 2));
  }

  reset(): void {
    this.attempts = 0;
  }
}
