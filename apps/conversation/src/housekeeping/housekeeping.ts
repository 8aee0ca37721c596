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
  private readonly periodic: Periodic;

  constructor(
    private readonly requests: RequestsStore,
    private readonly outbox: OutboxStore,
    private readonly sessions: SessionsStore,
    private readonly leases: LeasesStore,
    log: Log,
  ) {
    this.periodic = new Periodic('housekeeping', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while ((await this.requests.sweep()) > 0);
    while ((await this.outbox.sweep(outboxRetention)) > 0);
    while ((await this.sessions.sweep()) > 0);
    await this.leases.sweep();
  }
}
