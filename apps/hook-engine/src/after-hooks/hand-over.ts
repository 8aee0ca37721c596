import type { Bus } from '#platform/bus/bus.js';
import { WakeUp } from '#platform/durable/wake-up.js';
import type { Log } from '#platform/log.js';
import { PatientLog } from '#platform/patient-log.js';

/** Nudges are hints; this finds what they missed (ms). */
const pollInterval = 1_000;
/** Rounds begin at least this far apart (ms): under load each has more in it. What comes alone is taken at once. */
const roundInterval = 50;

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
  private readonly log: PatientLog;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: HandOverOptions,
    private readonly bus: Bus,
    log: Log,
  ) {
    this.log = new PatientLog(log);
  }

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
        this.log.succeeded();
      } catch (error) {
        this.log.failed(
          { handOver: this.options.name, reason: String(error) },
          'nothing could be taken over',
        );
      }
      await this.wakeUp.wait(pollInterval);
      await this.wakeUp.rest(started + roundInterval - performance.now());
    }
  }

  private async takeAll(): Promise<void> {
    while ((await this.options.round()) && !this.stopping);
  }
}
