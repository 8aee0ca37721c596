import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { createWebhook, deleteWebhook, listWebhooks } from '#contracts/webhooks.js';
import { Answers } from '#platform/bus/answers.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { CreateEndpoint } from './create-endpoint.js';
import { endpointView } from './endpoint-view.js';

@Controller()
export class ManageEndpointsController {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly createEndpoint: CreateEndpoint,
  ) {}

  @Answers(createWebhook)
  create(question: z.output<typeof createWebhook.question>): Promise<z.output<typeof createWebhook.answer>> {
    return this.createEndpoint.create(question);
  }

  @Answers(listWebhooks)
  async list({
    applicationId,
  }: z.output<typeof listWebhooks.question>): Promise<z.output<typeof listWebhooks.answer>> {
    const endpoints = await this.endpoints.list(applicationId);
    return { webhooks: endpoints.map(endpointView) };
  }

  @Answers(deleteWebhook)
  async delete({
    applicationId,
    webhookId,
  }: z.output<typeof deleteWebhook.question>): Promise<z.output<typeof deleteWebhook.answer>> {
    if (!(await this.endpoints.delete(applicationId, webhookId)))
      throw new HooklineError('webhook_not_found');
    return {};
  }
}
