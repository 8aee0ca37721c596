import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { forgetNotifications } from '#contracts/push.js';
import { Answers } from '#platform/bus/answers.js';
import { NotificationsStore } from '../store/notifications.store.js';

/** Notifications of users that are deleted, and of what they have sent. */
@Controller()
export class ForgetController {
  constructor(private readonly notifications: NotificationsStore) {}

  @Answers(forgetNotifications)
  async forget({
    applicationId,
    of,
  }: z.output<typeof forgetNotifications.question>): Promise<z.output<typeof forgetNotifications.answer>> {
    const count =
      'userId' in of
        ? await this.notifications.forgetUser(applicationId, of.userId)
        : await this.notifications.forgetEvents(applicationId, of.eventIds);
    return { isDone: count === 0 };
  }
}
