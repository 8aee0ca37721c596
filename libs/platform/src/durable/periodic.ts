import type { Log } from '../log.js';
import { WakeUp } from './wake-up.js';

/** How long whom the first run depends on may take to start, in ms. */
const startUp = 30_000;

/**
 * Repeats housekeeping until stopped, one run at a time; a run that fails is logged and the next one tries again. That none
 * has succeeded yet is no warning as long as the rest of the platform may be starting.
 */
export class Periodic {
  private stopping = false;
  private running: Promise<void> | undefined;
  private hasSucceeded = false;
  private readonly wakeUp = new WakeUp();

  /** @param interval time between two runs, in ms; the first one starts at once */
  constructor(
    private readonly name: string,
    private readonly interval: number,
    private readonly work: () => Promise<void>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.repeat();
  }

  /** There is something to do: the next run begins at once. */
  wake(): void {
    this.wakeUp.notify();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.running;
  }

  private async repeat(): Promise<void> {
    const started = performance.now();
    while (!this.stopping) {
      try {
        await this.work();
        this.hasSucceeded = true;
      } catch (error) {
        const isStartingUp = !this.hasSucceeded && performance.now() - started < startUp;
        const fields = { task: this.name, reason: String(error) };
        if (isStartingUp) this.log.debug(fields, 'housekeeping cannot be done yet');
        else this.log.warn(fields, 'housekeeping failed');
      }
      await this.wakeUp.wait(this.interval);
    }
  }
}
