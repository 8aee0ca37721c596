import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { LaneErasure } from '#platform/database/durable/lane-erasure.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';

/** What is left of deleted applications besides their hooks. */
@Injectable()
export class ErasureStore {
  private readonly lanes: LaneErasure;

  constructor(
    database: Database,
    private readonly requests: IdempotentRequests,
  ) {
    this.lanes = new LaneErasure(database, 'hook_engine');
  }

  /** A portion of the application's requests, and of the work of these conversations. @returns how many rows */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    return (await this.requests.forget(applicationId)) + (await this.lanes.erase(lanes));
  }
}
