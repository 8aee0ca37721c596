import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { MessagesStore } from '../store/messages.store.js';

/** Nobody is shown what has expired; this says how much longer its content may stand in the database (ms). */
const interval = 15_000;

/** Deletes the content of messages that have expired. Replicas share the work. */
@Injectable()
export class ExpiredMessages implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly messages: MessagesStore,
    log: Log,
  ) {
    this.periodic = new Periodic('expired messages', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping && (await this.messages.purgeExpired()) > 0);
  }
}
