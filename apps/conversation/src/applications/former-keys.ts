import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { ApplicationKeysStore } from '../store/application-keys.store.js';

const interval = 60_000;

/** Deletes keys that were rotated and are valid no more. */
@Injectable()
export class FormerKeys implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;

  constructor(keys: ApplicationKeysStore, log: Log) {
    const sweep = async (): Promise<void> => {
      while ((await keys.sweep()) > 0);
    };
    this.periodic = new Periodic('former keys', interval, sweep, log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
