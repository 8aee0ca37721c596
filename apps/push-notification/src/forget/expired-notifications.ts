import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { NotificationsStore } from '../store/notifications.store.js';

const interval = 5_000;

/** Notifications quote messages: those of messages that have expired are deleted. */
@Injectable()
export class ExpiredNotifications implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(notifications: NotificationsStore, log: Log) {
    const sweep = async (): Promise<void> => {
      while (!this.stopping && (await notifications.forgetExpired()) > 0);
    };
    this.periodic = new Periodic('expired notifications', interval, sweep, log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }
}
