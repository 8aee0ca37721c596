import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

/** A delivery that waits. `id` (its place in the order) is a decimal string (bigint). */
export interface WaitingDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  /** JSON: one event's part of what is sent. */
  readonly payload: string;
  /** How often it has failed. */
  readonly attempts: number;
  /** Those with the same one were sent together, and are sent together again. */
  readonly batch: string | null;
  /** Bytes of UTF-8 of the payload. */
  readonly bytes: number;
  /** Since when it has waited, by `performance.now()` of this process. */
  readonly since: number;
}

/** What was read of a lane. */
export interface LaneRead {
  readonly lane: string;
  /** Of the lane's row when its first part was read; null: this is a later part. Moves with everything that is added. */
  readonly version: string | null;
  readonly deliveries: readonly WaitingDelivery[];
  /** Whether there was nothing behind these. */
  readonly isWhole: boolean;
}

/** A lane of which some has been read, for more of it. */
export interface LaneToContinue {
  readonly lane: string;
  /** Id of the last delivery that was read. */
  readonly after: string;
}

/** How an endpoint stands while it is worked for. Times in ms from now; negative: that long ago. */
export interface EndpointStanding {
  readonly version: number;
  readonly isActive: boolean;
  /** When the next lane will be due that is not yet; null: none. */
  readonly nextDueIn: number | null;
}

export interface DeliveriesRead extends EndpointStanding {
  readonly lanes: readonly LaneRead[];
  /** Whether there may be more lanes that are due. */
  readonly isFull: boolean;
}

export interface ReadingOptions {
  readonly inHand: readonly string[];
  readonly more: readonly LaneToContinue[];
  /** Lanes that may be begun. */
  readonly mostLanes: number;
  /** How many may be sent in one POST: so many are wanted of a lane. */
  readonly together: number;
}

interface Row {
  lane: string;
  version: string | null;
  most: number;
  id: string | null;
  event_id: string;
  type: string;
  payload: string;
  attempts: number;
  batch: string | null;
  bytes: number;
  age: number;
}

/** Of `delivery`, as a `Row` has them. */
const columns = Prisma.sql`
  delivery.id::text, delivery.event_id::text, delivery.type, delivery.payload, delivery.attempts, delivery.batch::text,
  octet_length(delivery.payload) AS bytes, extract(epoch FROM now() - delivery.created_at)::float8 * 1000 AS age`;

/** The lane of deliveries whose order is that of the whole endpoint, or does not count. */
export const commonLane = '0';
/** Lanes that are begun in one reading. */
const lanesAtOnce = 64;
/** Deliveries of lanes that are begun in one reading, and the same of lanes that are continued: each may have 64 KiB. */
const deliveriesAtOnce = 256;
/** Deliveries read of one lane: at first, and when more of it is wanted. */
const portion = { first: 4, more: 16, common: 256 };
/** The same at first, where several are sent together. */
const mostAtFirst = 16;

@Injectable()
export class DeliveriesStore {
  constructor(private readonly database: Database) {}

  /**
   * Reads what is due: lanes that are not in hand, longest due first, and more of those that are, in the order given; not more
   * than fits into memory beside what others read.
   *
   * Nothing is written to claim a lane: who holds the endpoint's lease knows what it has in hand.
   */
  async read(
    endpointId: string,
    { inHand, more, mostLanes, together }: ReadingOptions,
  ): Promise<DeliveriesRead> {
    const first = Math.min(mostAtFirst, Math.max(portion.first, together));
    const further = Math.max(portion.more, together);
    const lanesNow = Math.max(0, Math.min(lanesAtOnce, Math.floor(deliveriesAtOnce / first), mostLanes));
    const continued = more.slice(0, Math.floor(deliveriesAtOnce / further));
    const [[standing], rows] = await this.database.together((queries) =>
      Promise.all([
        // First: a lane that becomes due in between is then in both.
        queries.$queryRaw<{ version: number; is_active: boolean; next_due_in: number | null }[]>`
          SELECT version, enabled AND deleted_at IS NULL AS is_active, (
            SELECT extract(epoch FROM lane.due_at - now())::float8 * 1000 FROM webhook_delivery.delivery_lane AS lane
            WHERE lane.endpoint_id = ${endpointId}::uuid AND lane.due_at > now() ORDER BY lane.due_at LIMIT 1
          ) AS next_due_in
          FROM webhook_delivery.webhook_endpoint WHERE id = ${endpointId}::uuid`,
        queries.$queryRaw<Row[]>`
          WITH due AS MATERIALIZED (
            SELECT lane, version, due_at FROM webhook_delivery.delivery_lane
            WHERE endpoint_id = ${endpointId}::uuid AND due_at <= now() AND lane <> ALL (${[...inHand]}::bigint[])
            ORDER BY due_at LIMIT ${lanesNow}
          ), wanted AS (
            SELECT lane, version, 0::bigint AS after,
              CASE lane WHEN 0 THEN ${portion.common}::int ELSE ${first}::int END AS most,
              row_number() OVER (ORDER BY due_at) AS place
            FROM due
            UNION ALL
            SELECT lane, NULL, after, CASE lane WHEN 0 THEN ${portion.common}::int ELSE ${further}::int END, 0
            FROM unnest(
              ${continued.map(({ lane }) => lane)}::bigint[],
              ${continued.map(({ after }) => after)}::bigint[]) AS more(lane, after)
          )
          SELECT wanted.lane::text, wanted.version::text, wanted.most, waiting.*
          FROM wanted LEFT JOIN LATERAL (
            SELECT ${columns} FROM webhook_delivery.delivery
            WHERE delivery.endpoint_id = ${endpointId}::uuid AND delivery.lane = wanted.lane
              AND delivery.state = 'pending' AND delivery.id > wanted.after
            ORDER BY delivery.id LIMIT wanted.most
          ) AS waiting ON true
          ORDER BY wanted.place, wanted.lane, waiting.id::bigint`,
      ]),
    );
    const lanes = [...Map.groupBy(rows, ({ lane }) => lane)].map(laneOf);
    return {
      version: standing?.version ?? 0,
      isActive: standing?.is_active ?? false,
      nextDueIn: standing?.next_due_in ?? null,
      lanes,
      isFull: lanes.filter(({ version }) => version !== null).length >= lanesNow,
    };
  }

  /**
   * All that was sent together and is to be sent together again, by its lanes, with what stands before it there.
   *
   * @returns null when one of the lanes waits
   */
  async readBatch(endpointId: string, batch: string): Promise<LaneRead[] | null> {
    const rows = await this.database.queries.$queryRaw<(Row & { readonly is_due: boolean })[]>`
      WITH member AS MATERIALIZED (
        SELECT lane, max(id) AS last FROM webhook_delivery.delivery
        WHERE batch = ${batch}::uuid AND state = 'pending' AND endpoint_id = ${endpointId}::uuid GROUP BY lane
      )
      SELECT member.lane::text, known.version::text, known.due_at <= now() AS is_due, waiting.*
      FROM member
      CROSS JOIN LATERAL (
        SELECT version, due_at FROM webhook_delivery.delivery_lane
        WHERE endpoint_id = ${endpointId}::uuid AND lane = member.lane OFFSET 0
      ) AS known
      CROSS JOIN LATERAL (
        SELECT ${columns} FROM webhook_delivery.delivery
        WHERE delivery.endpoint_id = ${endpointId}::uuid AND delivery.lane = member.lane
          AND delivery.state = 'pending' AND delivery.id <= member.last
        OFFSET 0
      ) AS waiting
      ORDER BY member.lane, waiting.id::bigint`;
    if (rows.some((row) => !row.is_due)) return null;
    const lanes = [...Map.groupBy(rows, ({ lane }) => lane)].map(laneOf);
    return lanes.map((lane) => ({ ...lane, isWhole: false }));
  }
}

function laneOf([lane, rows]: [string, readonly Row[]]): LaneRead {
  const now = performance.now();
  const deliveries = rows.flatMap(({ id, event_id: eventId, age, type, payload, attempts, batch, bytes }) =>
    id === null ? [] : [{ id, eventId, type, payload, attempts, batch, bytes, since: now - age }],
  );
  // The same in all rows of a lane.
  const [{ version, most } = { version: null, most: 0 }] = rows;
  return { lane, version, deliveries, isWhole: deliveries.length < most };
}
