import type { Bus } from '#platform/bus/bus.js';
import { WakeUp } from '#platform/durable/wake-up.js';
import type { Log } from '#platform/log.js';

/** Nudges are hints; this finds what they missed (ms). */
const pollInterval = 1_000;
/** Rounds begin at least this far apart (ms): under load each has more in it. What comes alone is taken at once. */
const roundInterval = 50;
/** How long those whom it asks may take to start, in ms. */
const startUp = 30_000;

interface HandOverOptions {
  readonly name: string;
  /** Core NATS subject that says that there is something. */
  readonly nudge: string;
  /**
   * Takes a portion over, durably: asks for it, keeps it, confirms it. A process that dies in between has done nothing that
   * the next one may not repeat.
   *
   * @returns whether there may be more
   */
  readonly round: () => Promise<boolean>;
}

/** Takes over what waits in another app, portion by portion, until nothing is left, and again when it is nudged or in a second. */
export class HandOver {
  private readonly wakeUp = new WakeUp();
  private readonly created = performance.now();
  private stopping = false;
  private hasSucceeded = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: HandOverOptions,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  start(): void {
    this.bus.subscribe(this.options.nudge, () => {
      this.wakeUp.notify();
    });
    this.running ??= this.repeat();
  }

  /** Waits for the portion in hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.running;
  }

  private async repeat(): Promise<void> {
    while (!this.stopping) {
      const started = performance.now();
      try {
        await this.takeAll();
        this.hasSucceeded = true;
      } catch (error) {
        this.report(error);
      }
      await this.wakeUp.wait(pollInterval);
      await this.wakeUp.rest(started + roundInterval - performance.now());
    }
  }

  private async takeAll(): Promise<void> {
    while ((await this.options.round()) && !this.stopping);
  }

  private report(error: unknown): void {
    const fields = { handOver: this.options.name, reason: String(error) };
    const isStartingUp = !this.hasSucceeded && performance.now() - this.created < startUp;
    if (isStartingUp) this.log.debug(fields, 'nothing can be taken over yet');
    else this.log.warn(fields, 'nothing could be taken over');
  }
}
