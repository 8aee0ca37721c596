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

  /** A portion of the application's requests, and of the work of these conversations. @returns how many rows */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    return (await this.requests.forget(applicationId)) + (await this.lanes.erase(lanes));
  }

  /** A portion of the work for these hooks: of sessions nothing else tells whose it was. @returns how many rows */
  eraseWorkFor(hookIds: readonly string[]): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM hook_engine.job WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM hook_engine.job WHERE target = ANY (${[...hookIds]}::text[]) LIMIT ${atOnce}
      ))`;
  }
}
