import { limits } from '#contracts/limits.js';
import {
  heard,
  type EndpointHealth,
  type Heard,
  type HealthSettings,
  type Judgement,
} from '#domain/delivery/endpoint-health.js';
import { retryAfterOf } from '#domain/delivery/retry-after.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import type { WaitingDelivery } from '../store/deliveries.store.js';
import type {
  DeliveryRecord,
  FailedDelivery,
  RecordedAttempt,
  RecordedHealth,
} from '../store/delivery-records.store.js';
import type { LaneInHand } from './hand.js';
import { failureOf, type Posted, type PostResult } from './post.port.js';

/** Deliveries of one lane that are sent in one POST. */
export interface ParcelPart {
  readonly lane: LaneInHand;
  readonly deliveries: readonly WaitingDelivery[];
}

/** One POST: what is sent, and of which lanes it is. The same content has the same id. */
export interface Parcel extends Posted {
  readonly parts: readonly ParcelPart[];
  /** What is in it is sent together again: by this id. Null: it is a single one. */
  readonly batch: string | null;
}

export interface Circumstances {
  readonly health: EndpointHealth;
  readonly concurrency: number;
  /** When it began, and now; ms of one clock that nobody sets. */
  readonly begunAt: number;
  readonly now: number;
  /** When to try again what has failed so many times: a delay in ms, or null to give up. */
  readonly nextAttempt: (attempts: number) => number | null;
  /** Whether order does not count within this lane. */
  readonly isUnordered: (lane: LaneInHand) => boolean;
}

export interface Outcome extends Pick<Judgement, 'health' | 'disable'> {
  /** What is to be recorded, but for lanes that are over. */
  readonly record: Pick<DeliveryRecord, 'done' | 'failed' | 'later' | 'health'> & {
    readonly attempt: RecordedAttempt;
  };
  /** Lanes of which nothing more is begun for now. */
  readonly leaving: ReadonlySet<LaneInHand>;
}

/** How long (ms) a delivery waits that failed on our side, which is no attempt. */
const ownDelay = 1_000;
const outcomes = { done: 'succeeded', failed: 'failed', kept: 'failed', postponed: 'paused' } as const;

/** What came of a POST: for its deliveries, for their lanes, and for the endpoint. */
export function outcomeOf(parcel: Parcel, result: PostResult, circumstances: Circumstances): Outcome {
  const { health: known, concurrency, begunAt, now } = circumstances;
  const settings: HealthSettings = { concurrency, failingDuration: limits.webhookFailingDuration };
  const { health, delivery, disable } = heard(known, heardOf(result, begunAt), now, Math.random(), settings);
  const failure = failureOf(result);
  const attempt = attemptOf(parcel, result, outcomes[delivery], failure);
  const { parts } = parcel;
  const nothing = {
    done: [],
    failed: [],
    later: [],
    health: hasChanged(known, health) ? recorded(health, now) : null,
  };
  if (delivery === 'done') {
    const done = parts.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
    return { health, disable, record: { ...nothing, done, attempt }, leaving: new Set() };
  }
  const all = new Set(parts.map(({ lane }) => lane));
  if (delivery === 'kept') return { health, disable, record: { ...nothing, attempt }, leaving: all };
  const isAttempt = delivery === 'failed';
  const attempts = Math.max(...attempt.events.map(({ number }) => number));
  const scheduled = isAttempt ? circumstances.nextAttempt(attempts) : ownDelay;
  const state = scheduled === null ? 'dead' : 'pending';
  // Nobody waits for what failed where order does not count: it waits in a lane of its own.
  const [first] = parts.flatMap(({ deliveries }) => deliveries);
  const ownLane = ({ lane }: ParcelPart): string | null =>
    scheduled !== null && first !== undefined && circumstances.isUnordered(lane) ? `-${first.id}` : null;
  const failed = parts.flatMap((part) =>
    part.deliveries.map(({ id, attempts: before }): FailedDelivery => ({
      ...{ id, attempts: before + (isAttempt ? 1 : 0), state, batch: parcel.batch, error: failure ?? '' },
      lane: ownLane(part) ?? part.lane.lane,
    })),
  );
  if (scheduled === null)
    return { health, disable, record: { ...nothing, failed, attempt }, leaving: new Set() };
  // A pause is the endpoint's, and may end sooner: when its owner gives it another address.
  const later = parts.map((part) => ({ lane: ownLane(part) ?? part.lane.lane, delay: scheduled }));
  const leaving = new Set(parts.filter((part) => ownLane(part) === null).map(({ lane }) => lane));
  return { health, disable, record: { ...nothing, failed, later, attempt }, leaving };
}

function heardOf(result: PostResult, begunAt: number): Heard {
  if (result.kind === 'failed')
    return { kind: 'failed', failure: result.failure, isOwn: isOwnFailure(result.failure), begunAt };
  const { status, isTaken, retryAfter } = result;
  return { kind: 'answered', status, isTaken, retryAfter: retryAfterOf(retryAfter, Date.now()), begunAt };
}

function attemptOf(
  { id, parts }: Parcel,
  result: PostResult,
  outcome: RecordedAttempt['outcome'],
  failure: string | null,
): RecordedAttempt {
  const { startedAt, duration } = result;
  const events = parts.flatMap(({ deliveries }) =>
    deliveries.map(({ eventId, attempts }) => ({ eventId, number: attempts + 1 })),
  );
  const said = result.kind === 'answered' ? result : { status: null, answer: '' };
  return {
    ...{ id: timeOrderedId(), messageId: id, startedAt, duration, outcome, failure, events },
    ...{ status: said.status, answer: said.answer },
  };
}

/** What it is trusted with is not recorded. */
function hasChanged(known: EndpointHealth, health: EndpointHealth): boolean {
  return (
    known.failures !== health.failures ||
    known.failingSince !== health.failingSince ||
    known.pause !== health.pause ||
    known.openings !== health.openings ||
    known.throttles !== health.throttles
  );
}

function recorded(
  { failures, openings, throttles, failingSince, pause }: EndpointHealth,
  now: number,
): RecordedHealth {
  return {
    ...{ failures, openings, throttles },
    isFailing: failingSince !== null,
    pauseReason: pause?.reason ?? null,
    pausedFor: pause === null ? null : pause.until - now,
  };
}
