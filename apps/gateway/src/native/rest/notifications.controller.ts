import { Controller } from '@nestjs/common';
import { listPushNotifications } from '#contracts/push.js';
import { operations } from '#contracts/rest/operations.js';
import { createWebhook, deleteWebhook, listWebhooks } from '#contracts/webhooks.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Whom Hookline tells: webhooks, push. */
@Controller()
export class NotificationsController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createWebhook)
  createWebhook(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createWebhook>,
  ): Answered {
    return this.bus.ask(createWebhook, {
      applicationId: caller.applicationId,
      request: idempotency,
      webhook: body,
    });
  }

  @Operates(operations.listWebhooks)
  listWebhooks(@FromRequest() { caller }: Requested<typeof operations.listWebhooks>): Answered {
    return this.bus.ask(listWebhooks, { applicationId: caller.applicationId });
  }

  @Operates(operations.deleteWebhook)
  async deleteWebhook(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteWebhook>,
  ): Promise<void> {
    await this.bus.ask(deleteWebhook, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.listPushNotifications)
  listPushNotifications(
    @FromRequest() { caller, query }: Requested<typeof operations.listPushNotifications>,
  ): Answered {
    const { cursor = null, limit, userId = null } = query;
    return this.bus.ask(listPushNotifications, {
      applicationId: caller.applicationId,
      cursor,
      limit,
      userId,
    });
  }
}
