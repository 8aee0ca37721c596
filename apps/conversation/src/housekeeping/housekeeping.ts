import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { LeasesStore } from '../store/leases.store.js';
import { OutboxStore } from '../store/outbox.store.js';
import { RequestsStore } from '../store/requests.store.js';
import { SessionsStore } from '../store/sessions.store.js';

const interval = 60_000;
/** The outbox must be able to fill a new stream again: at least 7 days. */
const outboxRetention = 7 * 24 * 60 * 60 * 1000;

/** Deletes what has expired, in portions small enough not to be noticed. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tasks: readonly Periodic[];
  private stopping = false;

  constructor(
    requests: RequestsStore,
    outbox: OutboxStore,
    sessions: SessionsStore,
    leases: LeasesStore,
    log: Log,
  ) {
    // Each by itself: one that fails does not keep the others from their work.
    const inPortions = (name: string, sweep: () => Promise<number>): Periodic =>
      new Periodic(name, interval, () => this.sweepAll(sweep), log);
    this.tasks = [
      inPortions('expired requests', () => requests.sweep()),
      inPortions('published events', () => outbox.sweep(outboxRetention)),
      inPortions('closed sessions', () => sessions.sweep()),
      new Periodic('settled leases', interval, () => leases.sweep(), log),
    ];
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private async sweepAll(sweep: () => Promise<number>): Promise<void> {
    while (!this.stopping && (await sweep()) > 0);
  }
}
