import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { listWebhookAttempts, listWebhookDeliveries } from '#contracts/webhooks/deliveries.js';
import { Answers } from '#platform/bus/answers.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { Attempts } from './attempts.js';
import { Deliveries } from './deliveries.js';

/** What was sent to endpoints, and what was not, for their owners. */
@Controller()
export class DeliveriesController {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly attempts: Attempts,
    private readonly deliveries: Deliveries,
  ) {}

  @Answers(listWebhookAttempts)
  async listAttempts(
    question: z.output<typeof listWebhookAttempts.question>,
  ): Promise<z.output<typeof listWebhookAttempts.answer>> {
    return this.attempts.page(await this.ownEndpoint(question), question);
  }

  @Answers(listWebhookDeliveries)
  async listDeliveries(
    question: z.output<typeof listWebhookDeliveries.question>,
  ): Promise<z.output<typeof listWebhookDeliveries.answer>> {
    return this.deliveries.page(await this.ownEndpoint(question), question);
  }

  /** @throws HooklineError webhook_not_found */
  private async ownEndpoint({
    applicationId,
    webhookId,
  }: {
    readonly applicationId: string;
    readonly webhookId: string;
  }): Promise<string> {
    const endpoint = await this.endpoints.findOf(applicationId, webhookId);
    if (endpoint === null) throw new HooklineError('webhook_not_found');
    return endpoint.id;
  }
}
