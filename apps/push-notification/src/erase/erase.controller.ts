import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { eraseNotifications } from '#contracts/erasure.js';
import { Answers } from '#platform/bus/answers.js';
import { NotificationsStore } from '../store/notifications.store.js';

/** Removes what deleted applications have here. */
@Controller()
export class EraseController {
  constructor(private readonly notifications: NotificationsStore) {}

  @Answers(eraseNotifications)
  async erase({
    applicationId,
    conversationKeys,
  }: z.output<typeof eraseNotifications.question>): Promise<z.output<typeof eraseNotifications.answer>> {
    return { removed: await this.notifications.erase(applicationId, conversationKeys) };
  }
}
