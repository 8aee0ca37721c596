import { Controller } from '@nestjs/common';
import { operations } from '#contracts/rest/operations.js';
import { listWebhookAttempts, listWebhookDeliveries, testWebhook } from '#contracts/webhooks/deliveries.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** What webhooks got, and what they have not got. */
@Controller()
export class WebhookDeliveriesController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.testWebhook)
  test(@FromRequest() { caller, parameters, body }: Requested<typeof operations.testWebhook>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(testWebhook, { applicationId, ...parameters, test: body });
  }

  @Operates(operations.listWebhookAttempts)
  attempts(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.listWebhookAttempts>,
  ): Answered {
    const { cursor = null, limit, outcome = null, eventId = null } = query;
    const { applicationId } = caller;
    return this.bus.ask(listWebhookAttempts, {
      ...{ applicationId, ...parameters },
      ...{ cursor, limit, outcome, eventId },
    });
  }

  @Operates(operations.listWebhookDeliveries)
  deliveries(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.listWebhookDeliveries>,
  ): Answered {
    const { cursor = null, limit, state } = query;
    const { applicationId } = caller;
    return this.bus.ask(listWebhookDeliveries, { applicationId, ...parameters, cursor, limit, state });
  }
}
