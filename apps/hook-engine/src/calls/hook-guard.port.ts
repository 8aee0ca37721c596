import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhenResult,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel';
import type { HookCircuit } from '#contracts/hooks/registration.js';
import { isOutage, openFor, outagesUntilOpen } from '#domain/delivery/outage.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import type { Exchange } from '../runs/hook-runs.port.js';
import type { Share } from './application-slots.js';
import { Slots, type Taken } from './slots.js';

/** What a call came to, as far as the guard must know; `duration` in ms of running time. */
export type Called<Answer> = (
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: string }
) & { readonly duration: number; readonly exchange: Exchange | null };

/** Says nothing about the hook's server. */
class Uncounted<Answer> extends Error {
  constructor(readonly result: Called<Answer>) {
    super('uncounted');
  }
}

/** In ms of running time. */
interface Time {
  /** The hook's. */
  readonly deadline: number;
  /** What the budget has left. */
  readonly timeout: number;
  /** What waiting for a place has left of that. */
  readonly left: number;
}

/** Between one hook and those who call it, in this process: how many at once, and none while its server is away. */
export class HookGuard {
  private readonly slots = new Slots();
  /** By a clock that nobody sets: with the wall clock set back an hour, the circuit would stay open for that hour. */
  private retryAt = 0;
  /** How often it has opened. */
  private openings = 0;
  /** Since an answer, of calls that had waited for others: how long the server was silent (ms), as far as it is not counted yet. */
  private silence = 0;
  private readonly breaker = circuitBreaker(
    handleWhenResult((result) => {
      const { failure = '' } = result as { failure?: string };
      // Of a trial alone: elsewhere a failure of our own is not counted at all.
      return isOutage(failure) || isOwnFailure(failure);
    }),
    {
      breaker: new ConsecutiveBreaker(outagesUntilOpen),
      halfOpenAfter: new DelegateBackoff(({ attempt }: IHalfOpenAfterBackoffContext) => {
        this.retryAt = performance.now() + openFor(attempt);
        // The breaker goes by the wall clock: `isClosedToAll` says when, and it takes its time for over.
        return -Infinity;
      }),
    },
  );

  constructor() {
    this.breaker.onBreak(() => {
      this.openings += 1;
      this.silence = 0;
    });
  }

  get circuit(): HookCircuit {
    switch (this.breaker.state) {
      case CircuitState.Open:
        return { state: 'open', retryAt: Math.round(Date.now() + this.retryAt - performance.now()) };
      case CircuitState.HalfOpen:
        return { state: 'half_open', retryAt: null };
      case CircuitState.Closed:
      case CircuitState.Isolated:
        return { state: 'closed', retryAt: null };
    }
  }

  /**
   * @param limits calls at once, the hook's `deadline`, the `timeout` that is left for this call (ms of running time), and
   *   its application's share
   * @param call is given what is left after waiting
   */
  async pass<Answer>(
    { concurrency, share, ...time }: Omit<Time, 'left'> & { concurrency: number; share: Share },
    call: (timeout: number) => Promise<Called<Answer>>,
  ): Promise<Called<Answer>> {
    const { timeout } = time;
    // The budget was used up by others.
    if (timeout <= 0) return call(timeout);
    if (this.isClosedToAll) return circuitOpen();
    const taken = await this.take(concurrency, share, timeout);
    if (taken.failure !== null)
      return { kind: 'failed', failure: taken.failure, duration: taken.duration, exchange: null };
    try {
      const left = timeout - taken.duration;
      const result = await this.counted(() => call(left), { ...time, left });
      return { ...result, duration: taken.duration + result.duration };
    } finally {
      share.give();
      this.slots.give();
    }
  }

  /** The hook's own place comes first: calls that wait for that keep no other hook waiting. */
  private async take(concurrency: number, share: Share, timeout: number): Promise<Taken> {
    const own = await this.slots.take(concurrency, timeout);
    if (own.failure !== null) return own;
    const shared = await share.take(timeout - own.duration);
    if (shared.failure !== null) this.slots.give();
    return { ...shared, duration: own.duration + shared.duration };
  }

  /** While one call tries whether the server is there again, nobody waits for what that brings. */
  private get isClosedToAll(): boolean {
    const { state } = this.breaker;
    return (
      state === CircuitState.HalfOpen || (state === CircuitState.Open && performance.now() < this.retryAt)
    );
  }

  private async counted<Answer>(call: () => Promise<Called<Answer>>, time: Time): Promise<Called<Answer>> {
    if (this.isClosedToAll) return circuitOpen();
    const { openings } = this;
    try {
      return await this.breaker.execute(async () => {
        const isTrial = this.breaker.state === CircuitState.HalfOpen;
        const result = await call();
        // What began before it opened must not undo what a trial has found out since.
        const isOld = this.openings !== openings;
        // A trial that says nothing has not shown that the server is there again.
        if (isOld || (!isTrial && this.saysNothing(result, time))) throw new Uncounted(result);
        return result;
      });
    } catch (error) {
      if (error instanceof Uncounted) return error.result;
      throw error;
    }
  }

  /**
   * A time-out is the server's failure when it had its whole deadline: at once, or bit by bit in calls that had lost the rest
   * while others hung. What hooks before have used up is none of its business.
   */
  private saysNothing<Answer>(result: Called<Answer>, { deadline, timeout, left }: Time): boolean {
    const failure = result.kind === 'failed' ? result.failure : '';
    if (isOwnFailure(failure)) return true;
    if (failure !== 'timeout') {
      if (!isOutage(failure)) this.silence = 0;
      return false;
    }
    if (timeout < deadline) return true;
    if (left >= deadline) return false;
    this.silence += result.duration;
    if (this.silence < deadline) return true;
    this.silence -= deadline;
    return false;
  }
}

function circuitOpen(): Called<never> {
  return { kind: 'failed', failure: 'circuit_open', duration: 0, exchange: null };
}
