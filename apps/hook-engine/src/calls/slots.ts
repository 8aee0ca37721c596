import { RunningDeadline } from '#platform/outgoing/running-deadline.js';

/** `duration` in ms of running time. */
export interface Taken {
  readonly failure: 'timeout' | 'paused' | 'too_many_calls' | null;
  readonly duration: number;
}

/** How many may do something at once; the others wait, first come, first served. */
export class Slots {
  private inUse = 0;
  private readonly waiting = new Set<() => void>();

  get areUnused(): boolean {
    return this.inUse === 0;
  }

  /** As `take`, for those whom nobody waits for: at once, or not at all. */
  takeAtOnce(limit: number): Taken {
    if (this.inUse >= limit) return { failure: 'too_many_calls', duration: 0 };
    this.inUse += 1;
    return { failure: null, duration: 0 };
  }

  /** Without a failure, `give` must follow. @param timeout how long it may wait, in ms of running time */
  async take(limit: number, timeout: number): Promise<Taken> {
    const atOnce = this.takeAtOnce(limit);
    if (atOnce.failure === null) return atOnce;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const handedOver = (): void => {
      resolve(true);
    };
    this.waiting.add(handedOver);
    const deadline = RunningDeadline.start(timeout);
    deadline.signal.addEventListener('abort', () => {
      // Not when it was handed over just before: whoever gave it relies on its being taken.
      if (this.waiting.delete(handedOver)) resolve(false);
    });
    const isMine = await promise;
    deadline.stop();
    const duration = Math.round(deadline.elapsed);
    if (isMine) return { failure: null, duration };
    return { failure: deadline.wasPaused ? 'paused' : 'timeout', duration };
  }

  give(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.inUse -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
