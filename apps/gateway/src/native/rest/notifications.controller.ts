import { Controller } from '@nestjs/common';
import { listPushNotifications } from '#contracts/push.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Whom Hookline tells through providers: push. */
@Controller()
export class NotificationsController {
  constructor(private readonly bus: Bus) {}

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
