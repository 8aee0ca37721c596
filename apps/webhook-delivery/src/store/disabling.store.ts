import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { commonLane } from './deliveries.store.js';
import type { StoredEndpoint } from './endpoints.store.js';
import { openedLanes, presentEndpoints } from './new-deliveries.store.js';

/** What others are told of an endpoint that was disabled. */
export interface DisablingEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
}

@Injectable()
export class DisablingStore {
  constructor(private readonly database: Database) {}

  /**
   * Disables an endpoint and makes what others are told of it, in one statement: so it is told once, whoever finds it out and
   * whatever dies in between. One that its owner has changed meanwhile stays as it is: the reason was another receiver's, perhaps.
   *
   * @returns whether it was enabled
   */
  async disable(
    { id: endpointId, version }: Pick<StoredEndpoint, 'id' | 'version'>,
    reason: NonNullable<StoredEndpoint['disabledReason']>,
    event: DisablingEvent,
    told: readonly string[],
  ): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<object[]>`
      WITH present AS MATERIALIZED (${presentEndpoints(told)}), disabled AS (
        UPDATE webhook_delivery.webhook_endpoint
        SET enabled = false, disabled_reason = ${reason}, disabled_at = now(), version = version + 1
        WHERE id = ${endpointId}::uuid AND version = ${version} AND enabled AND deleted_at IS NULL
        RETURNING id
      ), made AS (
        INSERT INTO webhook_delivery.delivery (endpoint_id, lane, event_id, type, payload)
        SELECT present.endpoint_id, ${commonLane}::text::bigint, ${event.id}::uuid, ${event.type}, ${event.payload}
        FROM present CROSS JOIN disabled
        ON CONFLICT (endpoint_id, event_id) DO NOTHING
        RETURNING endpoint_id, lane
      ), opened AS (${openedLanes('made')})
      SELECT id FROM disabled`;
    return rows.length === 1;
  }
}
