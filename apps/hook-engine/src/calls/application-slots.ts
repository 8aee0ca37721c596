import { limits } from '#contracts/limits.js';
import { Slots, type Taken } from './slots.js';

/** What a call needs besides a place among those of its hook. Without a failure, `give` must follow. */
export interface Share {
  /** @param timeout how long it may wait, in ms of running time */
  take(timeout: number): Promise<Taken>;
  give(): void;
}

/** How many calls all hooks of one application make at once in this process, so that none uses up the sockets of the others. */
export class ApplicationSlots {
  /** Of those that call at the moment. */
  private readonly applications = new Map<string, Slots>();

  constructor(private readonly limit: number = limits.hookCallsPerApplication) {}

  /** Shadow hooks neither wait nor keep others waiting: half of the places are not for them. */
  shareOf(applicationId: string, mode: 'live' | 'shadow'): Share {
    return {
      take: (timeout) => {
        const slots = this.applications.get(applicationId) ?? new Slots();
        this.applications.set(applicationId, slots);
        return mode === 'live'
          ? slots.take(this.limit, timeout)
          : Promise.resolve(slots.takeAtOnce(this.limit / 2));
      },
      give: () => {
        const slots = this.applications.get(applicationId);
        slots?.give();
        if (slots?.areUnused === true) this.applications.delete(applicationId);
      },
    };
  }
}
