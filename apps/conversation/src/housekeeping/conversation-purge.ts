import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { PurgeStore } from '../store/purge.store.js';

const interval = 60_000;

/** Deletes what deleted conversations held, portion by portion. Replicas share the work. */
@Injectable()
export class ConversationPurge implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly purge: PurgeStore,
    log: Log,
  ) {
    this.periodic = new Periodic('deleted conversations', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.purge.sweep()) > 0);
  }
}
