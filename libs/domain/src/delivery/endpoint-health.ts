import { isOutage, outagesUntilOpen } from './outage.js';

const second = 1_000;
const minute = 60 * second;

/** What an endpoint's receiver has lately been like. Times are ms of one clock that nobody sets. */
export interface EndpointHealth {
  /** Outages in a row. */
  readonly failures: number;
  /** How often the circuit has opened since anything was taken. */
  readonly openings: number;
  /** How often it has asked for less since anything was taken. */
  readonly throttles: number;
  /** When it began that nothing is taken. */
  readonly failingSince: number | null;
  /** Between these nothing is sent. It is remembered until something is taken: what began before it is old. */
  readonly pause: Pause | null;
  /** POSTs at once that it is trusted with; at least 1. */
  readonly allowed: number;
}

export interface Pause {
  /** `circuit`: it seems to be away; `throttled`: it asked for less. */
  readonly reason: 'circuit' | 'throttled';
  readonly from: number;
  readonly until: number;
}

/** What came of a POST that began at `begunAt`. `retryAfter` in ms. */
export type Heard = { readonly begunAt: number } &
  /** `isTaken`: the receiver has it, by what its protocol says of such a status. */
  (
    | {
        readonly kind: 'answered';
        readonly status: number;
        readonly isTaken: boolean;
        readonly retryAfter: number | null;
      }
    /** `isOwn`: on our side, which says nothing about the receiver. */
    | { readonly kind: 'failed'; readonly failure: string; readonly isOwn: boolean }
  );

export interface HealthSettings {
  readonly concurrency: number;
  /** After failing for so long (ms) an endpoint is disabled. */
  readonly failingDuration: number;
}

export interface Judgement {
  readonly health: EndpointHealth;
  /** `postponed`: no attempt, again in a moment; `kept`: it waits until the endpoint is enabled again. */
  readonly delivery: 'done' | 'failed' | 'postponed' | 'kept';
  readonly disable: 'gone' | 'failing' | null;
}

const gone = 410;
const throttlingStatuses: readonly number[] = [429, 502, 504];
const longestThrottle = minute;
const shortestOpening = 5 * second;
const longestOpening = 5 * minute;
const jitterShare = 0.2;

export function untroubled(concurrency: number): EndpointHealth {
  return { failures: 0, openings: 0, throttles: 0, failingSince: null, pause: null, allowed: concurrency };
}

/**
 * What an answer means for its deliveries and for the endpoint. What began before the present pause was sent without
 * knowing of its reason: 64 that are told 429 together are one step, not 64.
 *
 * @param unit a random number from 0 up to 1
 */
export function heard(
  health: EndpointHealth,
  result: Heard,
  now: number,
  unit: number,
  { concurrency, failingDuration }: HealthSettings,
): Judgement {
  if (result.kind === 'failed' && result.isOwn) return { health, delivery: 'postponed', disable: null };
  const isOld = health.pause !== null && result.begunAt < health.pause.from;
  if (result.kind === 'answered' && result.isTaken) {
    const { allowed } = health;
    const taken = isOld
      ? { ...health, failures: 0, failingSince: null }
      : { ...untroubled(concurrency), allowed: Math.min(concurrency, allowed + 1 / allowed) };
    return { health: taken, delivery: 'done', disable: null };
  }
  if (result.kind === 'answered' && result.status === gone)
    return { health, delivery: 'kept', disable: 'gone' };
  const failingSince = health.failingSince ?? now;
  const known = { ...health, failingSince };
  return {
    health: isOld ? known : troubled(known, result, now, 1 + jitterShare * unit),
    delivery: 'failed',
    disable: now - failingSince >= failingDuration ? 'failing' : null,
  };
}

function troubled(health: EndpointHealth, result: Heard, now: number, stretch: number): EndpointHealth {
  if (result.kind === 'answered' && isThrottling(result)) {
    const asked = result.retryAfter ?? doubled(second, health.throttles, longestThrottle) * stretch;
    return {
      ...health,
      throttles: health.throttles + 1,
      allowed: Math.max(1, health.allowed / 2),
      pause: { reason: 'throttled', from: now, until: now + asked },
    };
  }
  if (!isOutage(failureOf(result))) return { ...health, failures: 0 };
  const failures = health.failures + 1;
  if (failures < outagesUntilOpen) return { ...health, failures };
  const length = doubled(shortestOpening, health.openings, longestOpening) * stretch;
  return {
    ...health,
    failures,
    openings: health.openings + 1,
    allowed: 1,
    pause: { reason: 'circuit', from: now, until: now + length },
  };
}

function isThrottling({ status, retryAfter }: { status: number; retryAfter: number | null }): boolean {
  return throttlingStatuses.includes(status) || retryAfter !== null;
}

function failureOf(result: Heard): string {
  return result.kind === 'failed' ? result.failure : `status_${result.status}`;
}

function doubled(first: number, times: number, most: number): number {
  return Math.min(most, first * 2 ** Math.min(times, 20));
}
