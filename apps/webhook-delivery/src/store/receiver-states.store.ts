import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

/** How an endpoint's receiver is, whichever replica found it out. */
export interface ReceiverState {
  readonly endpointId: string;
  /** Until then nothing is sent to it, and why; in the past: it is tried. */
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
  /** How often in a row the circuit has opened. */
  readonly openings: number;
  readonly failingSince: Date | null;
  /** When the first of what waits is due; null: nothing waits. */
  readonly nextDueAt: Date | null;
}

@Injectable()
export class ReceiverStatesStore {
  constructor(private readonly database: Database) {}

  async of(endpointIds: readonly string[]): Promise<Map<string, ReceiverState>> {
    const rows = await this.database.queries.$queryRaw<ReceiverState[]>`
      SELECT endpoint_id::text AS "endpointId", paused_until AS "pausedUntil", pause_reason AS "pauseReason", openings,
        failing_since AS "failingSince", (
          SELECT lane.due_at FROM webhook_delivery.delivery_lane AS lane WHERE lane.endpoint_id = state.endpoint_id
          ORDER BY lane.due_at LIMIT 1
        ) AS "nextDueAt"
      FROM webhook_delivery.endpoint_state AS state WHERE endpoint_id = ANY (${[...endpointIds]}::uuid[])`;
    return new Map(rows.map((row) => [row.endpointId, row]));
  }
}
