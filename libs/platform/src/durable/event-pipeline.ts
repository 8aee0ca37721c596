import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { JobTable, type NewJob } from '../database/durable/job-table.js';
import { EventIntake, type EventIntakeOptions, type EventIntakeParts } from './event-intake.js';
import { JobWorker, type JobWorkerOptions } from './job-worker.js';
import { Periodic } from './periodic.js';

/** `schema` has the table job, too. */
export type EventPipelineOptions = JobWorkerOptions & EventIntakeOptions<NewJob>;

const doneRetention = 24 * 60 * 60 * 1_000;
const sweepInterval = 10 * 60 * 1_000;

/**
 * From the stream to work done: consumer -> inbox (acknowledged here) -> jobs -> runs. An app provides one of these and
 * its functions; Nest starts it after everything else and stops it before any connection closes.
 */
export class EventPipeline implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly intake: EventIntake<NewJob>;
  private readonly worker: JobWorker;
  private readonly sweeping: Periodic;

  constructor(parts: EventIntakeParts, options: EventPipelineOptions) {
    const { database, log } = parts;
    const jobs = new JobTable(database, options.schema);
    this.worker = new JobWorker(jobs, options, log);
    this.intake = new EventIntake(parts, options, jobs, () => {
      this.worker.nudge();
    });
    this.sweeping = new Periodic('done jobs', sweepInterval, () => jobs.sweep(doneRetention), log);
  }

  onApplicationBootstrap(): void {
    this.intake.onApplicationBootstrap();
    this.worker.start();
    this.sweeping.start();
  }

  /** There are jobs that did not come from the stream. */
  nudge(): void {
    this.worker.nudge();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.intake.beforeApplicationShutdown();
    await Promise.all([this.worker.stop(), this.sweeping.stop()]);
  }
}
