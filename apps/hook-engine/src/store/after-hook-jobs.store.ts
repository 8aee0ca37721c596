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
    if (jobs.length > 0) await this.jobs.insert(jobs);
  }
}
