import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { NotificationsStore, type NewNotification } from '../../store/notifications.store.js';

/** Records what would be sent. Providers that reach devices get a port in common with it when the second one comes. */
@Injectable()
export class LogProvider {
  readonly name = 'log';

  constructor(
    private readonly notifications: NotificationsStore,
    private readonly log: Log,
  ) {}

  /** Safe to repeat. Content goes to the table alone, never to the log. */
  async send(eventId: string, notifications: readonly Omit<NewNotification, 'provider'>[]): Promise<void> {
    const added = await this.notifications.add(
      notifications.map((notification) => ({ ...notification, provider: this.name })),
    );
    this.log.info({ eventId, provider: this.name, users: notifications.length, added }, 'push notification');
  }
}
