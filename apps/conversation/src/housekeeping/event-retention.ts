import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { RetentionStore } from '../store/retention.store.js';

const interval = 60_000;

/** Deletes events that are older than their application keeps them (`eventRetentionDays`). Replicas share the work. */
@Injectable()
export class EventRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly retention: RetentionStore,
    log: Log,
  ) {
    this.periodic = new Periodic('event retention', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.retention.sweep()) > 0);
  }
}
