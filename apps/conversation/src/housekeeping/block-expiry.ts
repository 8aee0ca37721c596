import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { BlocksStore } from '../store/blocks.store.js';

const interval = 60_000;

/** Deletes blocks that are over: they do not count any more as soon as they are. */
@Injectable()
export class BlockExpiry implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly blocks: BlocksStore,
    log: Log,
  ) {
    this.periodic = new Periodic('blocks that are over', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.blocks.sweep()) > 0);
  }
}
