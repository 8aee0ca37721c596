import type { Log, LogFields } from './log.js';

/** How long those whom somebody asks may take to start, in ms. */
const startUp = 30_000;

/** Failures of what is tried again and again: warnings, but for those from before the first success, while others still start. */
export class PatientLog {
  private readonly created: number;
  private firstSuccess = Infinity;

  /** @param now a monotonic clock, in ms */
  constructor(
    private readonly log: Pick<Log, 'debug' | 'warn'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.created = now();
  }

  succeeded(): void {
    this.firstSuccess = Math.min(this.firstSuccess, this.now());
  }

  /** @param begun when that was tried, by the clock: an early question may be given up after a later one was answered */
  failed(fields: LogFields, text: string, begun: number = this.now()): void {
    const isStartingUp = begun < this.firstSuccess && this.now() - this.created < startUp;
    if (isStartingUp) this.log.debug(fields, text);
    else this.log.warn(fields, text);
  }
}
