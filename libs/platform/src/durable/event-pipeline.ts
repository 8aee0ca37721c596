import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { NatsConnection } from '../bus/nats-connection.js';
import type { Database } from '../database/database.js';
import type { InboxEntry } from '../database/durable/inbox-table.js';
import { JobTable } from '../database/durable/job-table.js';
import type { Log } from '../log.js';
import { EventConsumer } from './event-consumer.js';
import { Inbox, type Expand, type Recover } from './inbox.js';
import { JobWorker, type JobWorkerOptions } from './job-worker.js';
import { Periodic } from './periodic.js';
import type { StreamDefinition } from './stream.js';

export interface EventPipelineOptions extends JobWorkerOptions {
  /** Schema that has the tables inbox_lane, inbox_entry and job; a name from code, never from input. */
  readonly schema: string;
  readonly stream: StreamDefinition;
  /** This app's consumer of the stream. */
  readonly consumer: string;
  /** Reads one line of a message. @throws when it cannot be understood */
  readonly read: (line: string) => InboxEntry;
  readonly expand: Expand;
  readonly recover: Recover;
}

export interface EventPipelineParts {
  readonly nats: NatsConnection;
  readonly database: Database;
  readonly log: Log;
}

const doneRetention = 24 * 60 * 60 * 1_000;
const sweepInterval = 10 * 60 * 1_000;
/** See Inbox: longer than redeliveries take while the platform works. */
const patience = { gap: 60 * 1_000, beginning: 5 * 60 * 1_000 };
const mendInterval = 15 * 1_000;

/**
 * From the stream to work done: consumer -> inbox (acknowledged here) -> jobs -> runs. An app provides one of these and
 * its functions; Nest starts it after everything else and stops it before any connection closes.
 */
export class EventPipeline implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: EventConsumer<InboxEntry>;
  private readonly worker: JobWorker;
  private readonly housekeeping: readonly Periodic[];

  constructor({ nats, database, log }: EventPipelineParts, options: EventPipelineOptions) {
    const { schema, stream, consumer, read, expand, recover } = options;
    const jobs = new JobTable(database, schema);
    const inbox = new Inbox(database, schema, expand, recover, log);
    this.worker = new JobWorker(jobs, options, log);
    const nudgeFor = async (hasJobs: Promise<boolean>): Promise<void> => {
      if (await hasJobs) this.worker.nudge();
    };
    const handle = (entries: InboxEntry[]): Promise<void> => nudgeFor(inbox.take(entries));
    this.consumer = new EventConsumer(nats.connection, { stream, consumer, read, handle }, log);
    this.housekeeping = [
      new Periodic('done jobs', sweepInterval, () => jobs.sweep(doneRetention), log),
      new Periodic('lanes that wait', mendInterval, () => nudgeFor(inbox.mend(patience)), log),
    ];
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
    this.worker.start();
    for (const task of this.housekeeping) task.start();
  }

  /** There are jobs that did not come from the stream. */
  nudge(): void {
    this.worker.nudge();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
    await Promise.all([this.worker.stop(), ...this.housekeeping.map((task) => task.stop())]);
  }
}
