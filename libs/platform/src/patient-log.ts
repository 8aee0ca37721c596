import type { Log, LogFields } from './log.js';

/** How long those whom somebody asks may take to start, in ms. */
const startUp = 30_000;

/** Failures of what is tried again and again: warnings, but for those from before the first success, while others still start. */
export class PatientLog {
  private readonly created: number;
  private hasSucceeded = false;

  /** @param now a monotonic clock, in ms */
  constructor(
    private readonly log: Pick<Log, 'debug' | 'warn'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.created = now();
  }

  succeeded(): void {
    this.hasSucceeded = true;
  }

  failed(fields: LogFields, text: string): void {
    const isStartingUp = !this.hasSucceeded && this.now() - this.created < startUp;
    if (isStartingUp) this.log.debug(fields, text);
    else this.log.warn(fields, text);
  }
}
