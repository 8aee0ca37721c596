import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { presentEndpoints } from './new-deliveries.store.js';

/** A delivery that was not taken. */
export interface FailedDelivery {
  readonly id: string;
  /** How often it has failed, with this. */
  readonly attempts: number;
  readonly state: 'pending' | 'dead';
  /** Where it waits from now on. */
  readonly lane: string;
  /** Of those that are sent together again. */
  readonly batch: string | null;
  readonly error: string;
}

/** How an endpoint's receiver has become. `pausedFor` in ms from now. */
export interface RecordedHealth {
  readonly failures: number;
  readonly openings: number;
  readonly throttles: number;
  readonly isFailing: boolean;
  readonly pauseReason: string | null;
  readonly pausedFor: number | null;
}

export interface RecordedAttempt {
  readonly id: string;
  readonly messageId: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
  /** Ms. */
  readonly duration: number;
  readonly status: number | null;
  readonly outcome: 'succeeded' | 'failed' | 'paused';
  readonly failure: string | null;
  readonly answer: string;
  /** In the order in which they were sent; `number`: the how many-th attempt of each it was. */
  readonly events: readonly { readonly eventId: string; readonly number: number }[];
}

/** What came of one POST, or was found out about lanes (then without an attempt). */
export interface DeliveryRecord {
  readonly endpointId: string;
  /** Of the endpoint: when its owner has changed it meanwhile, it says nothing of how its receiver is. */
  readonly version: number;
  readonly done: readonly string[];
  readonly failed: readonly FailedDelivery[];
  /** Lanes that go on after a while (ms). */
  readonly later: readonly { readonly lane: string; readonly delay: number }[];
  /** Lanes of which nothing is left, if nothing was added since they had this version. */
  readonly over: readonly { readonly lane: string; readonly version: string }[];
  /** Null: it is as it was. */
  readonly health: RecordedHealth | null;
  readonly attempt: RecordedAttempt | null;
}

const longestError = 500;

/** What nothing is said of is as it was. */
export function recordOf(
  { id: endpointId, version }: { readonly id: string; readonly version: number },
  parts: Partial<DeliveryRecord>,
): DeliveryRecord {
  const nothing = { done: [], failed: [], later: [], over: [], health: null, attempt: null };
  return { endpointId, version, ...nothing, ...parts };
}

@Injectable()
export class DeliveryRecordsStore {
  constructor(private readonly database: Database) {}

  /**
   * Records what came of POSTs, in one statement: all of it or nothing. Whoever gets no answer repeats it, and does no harm by
   * that. The commit waits for no disk: what PostgreSQL loses in a crash is sent again. Lanes are locked in ascending order, so
   * that nobody waits in a circle.
   *
   * @param records in the order in which they came about
   * @returns of `over`, the lanes that are: the others got something meanwhile
   */
  async record(records: readonly DeliveryRecord[]): Promise<{ endpointId: string; lane: string }[]> {
    const done = records.flatMap((record) => record.done);
    const failed = records.flatMap((record) => record.failed);
    const later = records.flatMap(({ endpointId, later: lanes }) =>
      lanes.map((one) => ({ endpointId, ...one })),
    );
    const over = records.flatMap(({ endpointId, over: lanes }) =>
      lanes.map((one) => ({ endpointId, ...one })),
    );
    // The last one of each endpoint holds.
    const health = new Map(
      records.flatMap(({ endpointId, version, health: one }) =>
        one === null ? [] : [[endpointId, { version, ...one }] as const],
      ),
    );
    const attempts = records.flatMap(({ endpointId, attempt }) =>
      attempt === null
        ? []
        : attempt.events.map((event, place) => ({ ...attempt, ...event, endpointId, place })),
    );
    const states = [...health.values()];
    const rows = await this.database.queries.$queryRaw<{ endpoint_id: string; lane: string }[]>`
      WITH setting AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
      present AS MATERIALIZED (${presentEndpoints([...new Set(records.map(({ endpointId }) => endpointId))])}),
      locked AS MATERIALIZED (
        SELECT known.endpoint_id, known.lane FROM unnest(
          ${[...later, ...over].map(({ endpointId }) => endpointId)}::uuid[],
          ${[...later, ...over].map(({ lane }) => lane)}::bigint[]) AS touched(endpoint_id, lane)
        JOIN webhook_delivery.delivery_lane AS known ON known.endpoint_id = touched.endpoint_id AND known.lane = touched.lane
        ORDER BY known.endpoint_id, known.lane FOR UPDATE OF known
      ), first AS MATERIALIZED (
        SELECT (SELECT count(*) FROM setting) + (SELECT count(*) FROM present) + (SELECT count(*) FROM locked) AS rows
      ), taken AS (
        DELETE FROM webhook_delivery.delivery AS known USING first WHERE known.id = ANY (${done}::bigint[])
      ), refused AS (
        UPDATE webhook_delivery.delivery AS known
        SET attempts = greatest(known.attempts, refusal.attempts), state = refusal.state, lane = refusal.lane, batch = refusal.batch,
          last_error = left(refusal.error, ${longestError}), dead_at = CASE refusal.state WHEN 'dead' THEN now() END
        FROM first, unnest(
          ${failed.map(({ id }) => id)}::bigint[],
          ${failed.map(({ attempts }) => attempts)}::int[],
          ${failed.map(({ state }) => state)}::text[],
          ${failed.map(({ lane }) => lane)}::bigint[],
          ${failed.map(({ batch }) => batch)}::uuid[],
          ${failed.map(({ error }) => error)}::text[]) AS refusal(id, attempts, state, lane, batch, error)
        WHERE known.id = refusal.id AND known.state = 'pending'
      ), postponed AS (
        INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane, due_at)
        SELECT endpoint_id, lane, now() + max(delay) * interval '1 millisecond'
        FROM first, unnest(
          ${later.map(({ endpointId }) => endpointId)}::uuid[],
          ${later.map(({ lane }) => lane)}::bigint[],
          ${later.map(({ delay }) => delay)}::float8[]) AS postponement(endpoint_id, lane, delay)
        WHERE endpoint_id IN (SELECT endpoint_id FROM present)
        GROUP BY endpoint_id, lane ORDER BY endpoint_id, lane
        ON CONFLICT (endpoint_id, lane) DO UPDATE SET due_at = excluded.due_at, version = excluded.version
      ), over AS (
        DELETE FROM webhook_delivery.delivery_lane AS known
        USING first, unnest(
          ${over.map(({ endpointId }) => endpointId)}::uuid[],
          ${over.map(({ lane }) => lane)}::bigint[],
          ${over.map(({ version }) => version)}::bigint[]) AS ended(endpoint_id, lane, version)
        WHERE known.endpoint_id = ended.endpoint_id AND known.lane = ended.lane AND known.version = ended.version
        RETURNING known.endpoint_id, known.lane
      ), seen AS (
        UPDATE webhook_delivery.endpoint_state AS known
        SET failures = health.failures, openings = health.openings, throttles = health.throttles,
          failing_since = CASE WHEN health.failing THEN coalesce(known.failing_since, now()) END,
          pause_reason = health.reason, paused_until = now() + health.pause * interval '1 millisecond'
        FROM first, unnest(
          ${[...health.keys()]}::uuid[],
          ${states.map(({ version }) => version)}::int[],
          ${states.map(({ failures }) => failures)}::int[],
          ${states.map(({ openings }) => openings)}::int[],
          ${states.map(({ throttles }) => throttles)}::int[],
          ${states.map(({ isFailing }) => isFailing)}::boolean[],
          ${states.map(({ pauseReason }) => pauseReason)}::text[],
          ${states.map(({ pausedFor }) => pausedFor)}::float8[])
          AS health(endpoint_id, version, failures, openings, throttles, failing, reason, pause)
        CROSS JOIN LATERAL (
          SELECT version FROM webhook_delivery.webhook_endpoint WHERE id = health.endpoint_id OFFSET 0
        ) AS endpoint
        WHERE known.endpoint_id = health.endpoint_id AND endpoint.version = health.version
      ), logged AS (
      INSERT INTO webhook_delivery.attempt
        (id, place, endpoint_id, event_id, message_id, number, started_at, duration, status, outcome, failure, events, answer)
      SELECT attempt.id, place, attempt.endpoint_id, event_id, message_id, number, started_at, duration, status, outcome,
        failure, events, answer
      FROM unnest(
        ${attempts.map(({ id }) => id)}::uuid[],
        ${attempts.map(({ place }) => place)}::smallint[],
        ${attempts.map(({ endpointId }) => endpointId)}::uuid[],
        ${attempts.map(({ eventId }) => eventId)}::uuid[],
        ${attempts.map(({ messageId }) => messageId)}::text[],
        ${attempts.map(({ number }) => number)}::int[],
        ${attempts.map(({ startedAt }) => new Date(startedAt))}::timestamptz[],
        ${attempts.map(({ duration }) => duration)}::int[],
        ${attempts.map(({ status }) => status)}::int[],
        ${attempts.map(({ outcome }) => outcome)}::text[],
        ${attempts.map(({ failure }) => failure)}::text[],
        ${attempts.map(({ events }) => events.length)}::smallint[],
        ${attempts.map(({ place, answer }) => (place === 0 ? answer : ''))}::text[])
        AS attempt(id, place, endpoint_id, event_id, message_id, number, started_at, duration, status, outcome, failure,
          events, answer), first
      WHERE attempt.endpoint_id IN (SELECT endpoint_id FROM present)
      ON CONFLICT (id, place) DO NOTHING
      )
      SELECT endpoint_id::text, lane::text FROM over`;
    return rows.map(({ endpoint_id: endpointId, lane }) => ({ endpointId, lane }));
  }
}
