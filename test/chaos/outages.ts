import { limits } from '#contracts/limits.js';

/** A time in which a process did not run, or not as it should. */
export interface Outage {
  readonly name: string;
  readonly isPause: boolean;
  readonly from: number;
  /** Undefined until it is ready again. */
  to: number | undefined;
}

/** How long the platform may need to notice that a client or its gateway is gone, in ms. */
export const offlineAfter = limits.leaseDuration + 2_000;

/** What disturbed whom, and what that excuses. */
export class Outages {
  private readonly withoutPresence: readonly Outage[];

  constructor(private readonly outages: readonly Outage[]) {
    this.withoutPresence = outages.filter((outage) => this.stopsPresence(outage));
  }

  /** Was this process disturbed between these times? */
  disturbed(name: string, from: number, to: number): boolean {
    return this.outages.some((outage) => outage.name === name && overlaps(outage, from, to));
  }

  /** Until when the platform must know of what happened at this time: later when those who note it down were away. */
  offlineDeadline(at: number): number {
    let deadline = at + offlineAfter;
    for (const outage of this.withoutPresence.toSorted((one, other) => one.from - other.from)) {
      if (overlaps(outage, at, deadline)) deadline = Math.max(deadline, endOf(outage) + offlineAfter);
    }
    return deadline;
  }

  /**
   * PostgreSQL keeps the sessions. A killed replica of the conversation app leaves the work to the other, a paused one may
   * hold locks and has questions in its hands.
   */
  private stopsPresence({ name, isPause, from, to }: Outage): boolean {
    if (name === 'postgres') return true;
    if (!name.startsWith('conversation')) return false;
    return (
      isPause ||
      this.outages.some(
        (other) =>
          other.name.startsWith('conversation') &&
          other.name !== name &&
          overlaps(other, from, to ?? Infinity),
      )
    );
  }
}

function overlaps(outage: Outage, from: number, to: number): boolean {
  return outage.from <= to && endOf(outage) >= from;
}

const endOf = ({ to }: Outage): number => to ?? Infinity;
