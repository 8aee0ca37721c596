import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { FilesStore } from '../store/files.store.js';

const interval = 60_000;

/** Deletes files that nobody completed or attached in time. Replicas share the work. */
@Injectable()
export class FilesHousekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly files: FilesStore,
    log: Log,
  ) {
    this.periodic = new Periodic('files without events', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.files.sweep()) > 0);
  }
}
