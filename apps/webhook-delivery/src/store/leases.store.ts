import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

/** Times in ms: for how long from now, and since when. */
export interface EndpointCondition {
  readonly failures: number;
  readonly openings: number;
  readonly throttles: number;
  readonly pauseReason: 'circuit' | 'throttled' | null;
  readonly pausedFor: number | null;
  readonly failingFor: number | null;
}

/**
 * Who works for which endpoint. A lease keeps limits (concurrency, rate, order of the whole endpoint) true over all replicas;
 * what is written about deliveries is right whoever holds it. All times are the database's.
 */
@Injectable()
export class LeasesStore {
  constructor(private readonly database: Database) {}

  /**
   * Takes endpoints that have something due and belong to nobody. Looks at each endpoint that has anything at all once,
   * however much that is.
   *
   * @param lease ms
   * @returns their ids
   */
  async take(holder: string, most: number, lease: number): Promise<string[]> {
    const rows = await this.database.queries.$queryRaw<{ endpoint_id: string }[]>`
      WITH RECURSIVE head AS (
        (SELECT endpoint_id, due_at FROM webhook_delivery.delivery_lane ORDER BY endpoint_id, due_at LIMIT 1)
        UNION ALL
        SELECT next.endpoint_id, next.due_at FROM head CROSS JOIN LATERAL (
          SELECT lane.endpoint_id, lane.due_at FROM webhook_delivery.delivery_lane AS lane
          WHERE lane.endpoint_id > head.endpoint_id ORDER BY lane.endpoint_id, lane.due_at LIMIT 1) AS next
      ), free AS (
        SELECT state.endpoint_id FROM head
        JOIN webhook_delivery.endpoint_state AS state ON state.endpoint_id = head.endpoint_id
        JOIN webhook_delivery.webhook_endpoint AS endpoint ON endpoint.id = head.endpoint_id
        WHERE head.due_at <= now() AND endpoint.enabled AND endpoint.deleted_at IS NULL
          AND coalesce(state.leased_until, '-infinity') <= now() AND coalesce(state.paused_until, '-infinity') <= now()
        ORDER BY head.due_at LIMIT ${most}
      ), locked AS (
        SELECT endpoint_id FROM webhook_delivery.endpoint_state
        WHERE endpoint_id = ANY (ARRAY(SELECT endpoint_id FROM free)) AND coalesce(leased_until, '-infinity') <= now()
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE webhook_delivery.endpoint_state AS state
      SET holder = ${holder}::uuid, leased_until = now() + ${lease} * interval '1 millisecond'
      FROM locked WHERE state.endpoint_id = locked.endpoint_id
      RETURNING state.endpoint_id::text`;
    return rows.map(({ endpoint_id }) => endpoint_id);
  }

  /** How an endpoint's receiver is. Null: there is no such endpoint. */
  async condition(endpointId: string): Promise<EndpointCondition | null> {
    const [row] = await this.database.queries.$queryRaw<EndpointCondition[]>`
      SELECT failures, openings, throttles, pause_reason AS "pauseReason",
        extract(epoch FROM paused_until - now())::float8 * 1000 AS "pausedFor",
        extract(epoch FROM now() - failing_since)::float8 * 1000 AS "failingFor"
      FROM webhook_delivery.endpoint_state WHERE endpoint_id = ${endpointId}::uuid`;
    return row ?? null;
  }

  /** @returns those that still belong to the holder */
  async renew(holder: string, endpointIds: readonly string[], lease: number): Promise<Set<string>> {
    const rows = await this.database.queries.$queryRaw<{ endpoint_id: string }[]>`
      UPDATE webhook_delivery.endpoint_state SET leased_until = now() + ${lease} * interval '1 millisecond'
      WHERE endpoint_id = ANY (${[...endpointIds]}::uuid[]) AND holder = ${holder}::uuid
      RETURNING endpoint_id::text`;
    return new Set(rows.map(({ endpoint_id }) => endpoint_id));
  }

  /** Anybody may take them at once. */
  async giveBack(holder: string, endpointIds: readonly string[]): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE webhook_delivery.endpoint_state SET holder = NULL, leased_until = NULL
      WHERE endpoint_id = ANY (${[...endpointIds]}::uuid[]) AND holder = ${holder}::uuid`;
  }
}
