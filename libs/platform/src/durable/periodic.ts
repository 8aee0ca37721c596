import type { Log } from '../log.js';
import { WakeUp } from './wake-up.js';

/** Repeats housekeeping until stopped, one run at a time; a run that fails is logged and the next one tries again. */
export class Periodic {
  private stopping = false;
  private running: Promise<void> | undefined;
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

  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.running;
  }

  private async repeat(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.work();
      } catch (error) {
        this.log.warn({ task: this.name, reason: String(error) }, 'housekeeping failed');
      }
      await this.wakeUp.wait(this.interval);
    }
  }
}
