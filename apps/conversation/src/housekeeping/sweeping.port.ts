import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import type { Log } from '#platform/log.js';

/** Housekeeping in portions: again and again until a portion finds nothing, and not beyond a shutdown. Replicas share it. */
export abstract class Sweeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  /** @param interval ms */
  constructor(what: string, interval: number, log: Log) {
    this.periodic = new Periodic(what, interval, () => this.sweep(), log);
  }

  /** @returns how much was found */
  protected abstract portion(): Promise<number>;

  /** There is something to do: not only after the interval. */
  wake(): void {
    this.periodic.wake();
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.portion()) > 0);
  }
}
