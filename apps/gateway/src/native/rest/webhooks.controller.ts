import { Controller } from '@nestjs/common';
import { operations } from '#contracts/rest/operations.js';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhookKey,
  rotateWebhookSecret,
  updateWebhook,
} from '#contracts/webhooks/registration.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Webhooks: whom Hookline tells what was stored. */
@Controller()
export class WebhooksController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createWebhook)
  create(@FromRequest() { caller, body, idempotency }: Requested<typeof operations.createWebhook>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(createWebhook, { applicationId, request: idempotency, webhook: body });
  }

  @Operates(operations.listWebhooks)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listWebhooks>): Answered {
    const { callbackOf = null } = query;
    return this.bus.ask(listWebhooks, { applicationId: caller.applicationId, callbackOf });
  }

  @Operates(operations.getWebhook)
  get(@FromRequest() { caller, parameters }: Requested<typeof operations.getWebhook>): Answered {
    return this.bus.ask(getWebhook, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.updateWebhook)
  update(@FromRequest() { caller, parameters, body }: Requested<typeof operations.updateWebhook>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(updateWebhook, { applicationId, ...parameters, change: body });
  }

  @Operates(operations.rotateWebhookSecret)
  rotateSecret(@FromRequest() request: Requested<typeof operations.rotateWebhookSecret>): Answered {
    return this.bus.ask(rotateWebhookSecret, rotationOf(request));
  }

  @Operates(operations.rotateWebhookKey)
  rotateKey(@FromRequest() request: Requested<typeof operations.rotateWebhookKey>): Answered {
    return this.bus.ask(rotateWebhookKey, rotationOf(request));
  }

  @Operates(operations.deleteWebhook)
  async delete(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteWebhook>,
  ): Promise<void> {
    await this.bus.ask(deleteWebhook, { applicationId: caller.applicationId, ...parameters });
  }
}

function rotationOf({
  caller,
  parameters,
  body,
  idempotency,
}: Requested<typeof operations.rotateWebhookSecret>) {
  const { applicationId } = caller;
  return { applicationId, ...parameters, request: idempotency, rotation: body };
}
