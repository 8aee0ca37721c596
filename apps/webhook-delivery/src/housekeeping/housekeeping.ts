import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { RemovalsStore } from '../store/removals.store.js';
import { AttemptLogSettings } from '../webhook-delivery.config.js';
import { EndedCallbacks } from './ended-callbacks.js';

const removalInterval = 10_000;
const sweepInterval = 10 * 60 * 1_000;

/** Deletes what has been kept for long enough, and what deleted endpoints have left. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tasks: readonly Periodic[];

  constructor(removals: RemovalsStore, ended: EndedCallbacks, attemptLog: AttemptLogSettings, log: Log) {
    const sweep = async (): Promise<void> => {
      await removals.sweepAttempts(attemptLog.duration);
      await removals.sweepDead(limits.webhookDeadRetention);
      await removals.sweepReplays(limits.webhookDeadRetention);
    };
    this.tasks = [
      new Periodic('deleted webhooks', removalInterval, () => removals.removeDeleted(), log),
      new Periodic('callbacks of conversations', removalInterval, () => ended.sweep(), log),
      new Periodic('old attempts of webhooks', sweepInterval, sweep, log),
    ];
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
  }
}
