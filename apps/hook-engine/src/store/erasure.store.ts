import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { LaneErasure } from '#platform/database/durable/lane-erasure.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';

const atOnce = 1_000;

/** What is left of deleted applications besides their hooks. */
@Injectable()
export class ErasureStore {
  private readonly lanes: LaneErasure;

  constructor(
    private readonly database: Database,
    private readonly requests: IdempotentRequests,
  ) {
    this.lanes = new LaneErasure(database, 'hook_engine');
  }

  /**
   * A portion of the application's requests, of the work of these conversations, and of the work for hooks that are gone: of
   * sessions nothing else tells whose it was. @returns how many rows
   */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    const requests = await this.requests.forget(applicationId);
    return requests + (await this.lanes.erase(lanes)) + (await this.orphans());
  }

  /** Jumps from target to target through the index, however many jobs each of them has. */
  private orphans(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM hook_engine.job WHERE id = ANY (ARRAY(
        WITH RECURSIVE known AS (
          (SELECT target FROM hook_engine.job ORDER BY target LIMIT 1)
          UNION ALL
          SELECT (SELECT next.target FROM hook_engine.job AS next WHERE next.target > known.target
            ORDER BY next.target LIMIT 1)
          FROM known WHERE known.target IS NOT NULL
        )
        SELECT orphan.id FROM known
        CROSS JOIN LATERAL (
          SELECT id FROM hook_engine.job WHERE job.target = known.target LIMIT ${atOnce}
        ) AS orphan
        WHERE (SELECT true FROM hook_engine.hook WHERE hook.id = known.target::uuid LIMIT 1) IS NULL
        LIMIT ${atOnce}
      ))`;
  }
}
