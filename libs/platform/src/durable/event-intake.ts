import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { NatsConnection } from '../bus/nats-connection.js';
import type { Database } from '../database/database.js';
import { InboxTable, type InboxEntry, type JobParts } from '../database/durable/inbox-table.js';
import type { Log } from '../log.js';
import { EventConsumer } from './event-consumer.js';
import { Inbox, type Expand, type Recover } from './inbox.js';
import { Periodic } from './periodic.js';
import type { StreamDefinition } from './stream.js';

export interface EventIntakeParts {
  readonly nats: NatsConnection;
  readonly database: Database;
  readonly log: Log;
}

export interface EventIntakeOptions<Job> {
  /** Schema that has the tables inbox_lane and inbox_entry; a name from code, never from input. */
  readonly schema: string;
  readonly stream: StreamDefinition;
  /** This app's consumer of the stream. */
  readonly consumer: string;
  /** Reads one line of a message. @throws when it cannot be understood */
  readonly read: (line: string) => InboxEntry;
  readonly expand: Expand<Job>;
  readonly recover: Recover;
  /** See `EventConsumerOptions`, in ms. */
  readonly batchInterval?: number;
}

/** See Inbox: longer than redeliveries take while the platform works. */
const patience = { gap: 60 * 1_000, beginning: 5 * 60 * 1_000 };
const mendInterval = 15 * 1_000;

/** From the stream to jobs: consumer -> inbox (acknowledged here) -> wherever `jobs` puts them. */
export class EventIntake<Job> implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: EventConsumer<InboxEntry>;
  private readonly mending: Periodic;

  /** @param onJobs called with new jobs, after their commit */
  constructor(
    { nats, database, log }: EventIntakeParts,
    { schema, stream, consumer, read, expand, recover, batchInterval }: EventIntakeOptions<Job>,
    jobs: JobParts<Job>,
    onJobs: (jobs: readonly Job[]) => void,
  ) {
    const inbox = new Inbox(new InboxTable(database, jobs, schema), expand, recover, log);
    const tell = async (making: Promise<readonly Job[]>): Promise<void> => {
      const jobs = await making;
      if (jobs.length > 0) onJobs(jobs);
    };
    const handle = (entries: InboxEntry[]): Promise<void> => tell(inbox.take(entries));
    const consuming = {
      stream,
      consumer,
      read,
      handle,
      ...(batchInterval !== undefined && { batchInterval }),
    };
    this.consumer = new EventConsumer(nats.connection, consuming, log);
    this.mending = new Periodic('lanes that wait', mendInterval, () => tell(inbox.mend(patience)), log);
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
    this.mending.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
    await this.mending.stop();
  }
}
