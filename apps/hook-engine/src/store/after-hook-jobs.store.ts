import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { JobTable, type NewJob } from '#platform/database/durable/job-table.js';

/** Calls of after-hooks that do not come from the stream of events; the pipeline's worker runs them with the others. */
@Injectable()
export class AfterHookJobsStore {
  private readonly jobs: JobTable;

  constructor(database: Database) {
    this.jobs = new JobTable(database, 'hook_engine');
  }

  /** In one statement, so that of a lane all are there or none; those that there are already stay as they are. */
  async insert(jobs: readonly NewJob[]): Promise<void> {
    // Two replicas that make the same ones wait for each other in one order, and never in a circle.
    const sorted = jobs.toSorted(
      (left, right) => compare(left.eventId, right.eventId) || compare(left.target, right.target),
    );
    if (sorted.length > 0) await this.jobs.insert(sorted);
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
