/** Lets one loop sleep until somebody has work for it. A wake-up while it is busy is remembered, once. */
export class WakeUp {
  private pending = false;
  private wake: (() => void) | undefined;

  notify(): void {
    this.pending = true;
    this.wake?.();
  }

  /**
   * Resolves at the next (or a remembered) notification, or after `milliseconds`.
   *
   * @returns whether it was notified
   */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.pending) {
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
}
