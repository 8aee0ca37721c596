/** Lets one loop sleep until somebody has work for it. A wake-up while it is busy is remembered, once. */
export class WakeUp {
  private pending = false;
  private stopped = false;
  private wake: (() => void) | undefined;

  notify(): void {
    this.pending = true;
    this.wake?.();
  }

  /** Ends this sleep and all later ones at once. */
  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  /**
   * Resolves at the next (or a remembered) notification, or after `milliseconds`.
   *
   * @returns whether it was notified
   */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.pending && !this.stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    const wasNotified = this.pending;
    this.pending = false;
    return wasNotified;
  }

  /** Sleeps for `milliseconds` whoever has work, unless stopped; that there was a wake-up is not forgotten. */
  async rest(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    let isWanted = false;
    for (let left = milliseconds; left > 0 && !this.stopped; left = end - performance.now()) {
      isWanted = (await this.wait(left)) || isWanted;
    }
    if (isWanted) this.pending = true;
  }
}
