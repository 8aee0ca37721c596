import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { notifyMissed } from '#contracts/push.js';
import { Answers } from '#platform/bus/answers.js';
import { contentOf } from '../notify-absent/preview.port.js';
import { LogProvider } from '../provider/log/log-provider.port.js';

/**
 * Notifies those who were thought to be connected when a message came, and were not. No `receiversOffline` hook is asked: it
 * is asked once about a message, from the durable queue, and for the others who were absent that may have been decided
 * already; and whoever asks here waits for less than hooks may take. So what a hook would have skipped, or shown otherwise,
 * is notified here as without it, which docs/hooks.md says.
 */
@Controller()
export class NotifyMissedController {
  constructor(private readonly provider: LogProvider) {}

  @Answers(notifyMissed)
  async notify({ missed }: z.output<typeof notifyMissed.question>): Promise<object> {
    for (const { applicationId, conversationKind, event, userIds, push } of missed) {
      const { id: eventId, conversationId, expiresAt = null } = event;
      if (expiresAt !== null && expiresAt <= Date.now()) continue;
      const content = { ...contentOf(conversationKind, event), ...(push && { push }) };
      await this.provider.send(
        eventId,
        userIds.map((userId) => ({ applicationId, userId, conversationId, eventId, content, expiresAt })),
      );
    }
    return {};
  }
}
