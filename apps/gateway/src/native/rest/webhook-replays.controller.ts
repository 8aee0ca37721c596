import { Controller } from '@nestjs/common';
import { operations } from '#contracts/rest/operations.js';
import {
  cancelWebhookReplay,
  createWebhookReplay,
  getWebhookReplay,
  listWebhookReplays,
  replayWebhookEvent,
} from '#contracts/webhooks/replays.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** What webhooks get once more. */
@Controller()
export class WebhookReplaysController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.replayWebhookEvent)
  event(@FromRequest() { caller, parameters }: Requested<typeof operations.replayWebhookEvent>): Answered {
    return this.bus.ask(replayWebhookEvent, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.createWebhookReplay)
  create(@FromRequest() request: Requested<typeof operations.createWebhookReplay>): Answered {
    const { caller, parameters, body: replay, idempotency } = request;
    const { applicationId } = caller;
    return this.bus.ask(createWebhookReplay, { applicationId, ...parameters, request: idempotency, replay });
  }

  @Operates(operations.listWebhookReplays)
  list(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.listWebhookReplays>,
  ): Answered {
    const { applicationId } = caller;
    const { cursor = null, limit } = query;
    return this.bus.ask(listWebhookReplays, { applicationId, ...parameters, cursor, limit });
  }

  @Operates(operations.getWebhookReplay)
  get(@FromRequest() { caller, parameters }: Requested<typeof operations.getWebhookReplay>): Answered {
    return this.bus.ask(getWebhookReplay, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.cancelWebhookReplay)
  async cancel(
    @FromRequest() { caller, parameters }: Requested<typeof operations.cancelWebhookReplay>,
  ): Promise<void> {
    await this.bus.ask(cancelWebhookReplay, { applicationId: caller.applicationId, ...parameters });
  }
}
