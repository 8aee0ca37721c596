import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhookKey,
  rotateWebhookSecret,
  updateWebhook,
  type Webhook,
} from '#contracts/webhooks/registration.js';
import { Answers } from '#platform/bus/answers.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { ReceiverStatesStore } from '../store/receiver-states.store.js';
import { CreateEndpoint } from './create-endpoint.js';
import { endpointView } from './endpoint-view.js';
import { RotateKeys } from './rotate-keys.js';
import { UpdateEndpoint } from './update-endpoint.js';

@Controller()
export class ManageEndpointsController {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly receivers: ReceiverStatesStore,
    private readonly createEndpoint: CreateEndpoint,
    private readonly updateEndpoint: UpdateEndpoint,
    private readonly rotateKeys: RotateKeys,
  ) {}

  @Answers(createWebhook)
  create(question: z.output<typeof createWebhook.question>): Promise<z.output<typeof createWebhook.answer>> {
    return this.createEndpoint.create(question);
  }

  @Answers(listWebhooks)
  async list({
    applicationId,
    callbackOf,
  }: z.output<typeof listWebhooks.question>): Promise<z.output<typeof listWebhooks.answer>> {
    const endpoints = await this.endpoints.list(applicationId, callbackOf);
    return { webhooks: await this.views(endpoints) };
  }

  @Answers(getWebhook)
  async get({ applicationId, webhookId }: z.output<typeof getWebhook.question>): Promise<Webhook> {
    const endpoint = await this.endpoints.findOf(applicationId, webhookId);
    if (endpoint === null) throw new HooklineError('webhook_not_found');
    return this.view(endpoint);
  }

  @Answers(updateWebhook)
  async update(question: z.output<typeof updateWebhook.question>): Promise<Webhook> {
    return this.view(await this.updateEndpoint.update(question));
  }

  @Answers(rotateWebhookSecret)
  rotateSecret(
    question: z.output<typeof rotateWebhookSecret.question>,
  ): Promise<z.output<typeof rotateWebhookSecret.answer>> {
    return this.rotateKeys.secret(question);
  }

  @Answers(rotateWebhookKey)
  rotateKey(
    question: z.output<typeof rotateWebhookKey.question>,
  ): Promise<z.output<typeof rotateWebhookKey.answer>> {
    return this.rotateKeys.key(question);
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

  private async view(endpoint: StoredEndpoint): Promise<Webhook> {
    const receivers = await this.receivers.of([endpoint.id]);
    return endpointView(endpoint, receivers.get(endpoint.id));
  }

  private async views(endpoints: readonly StoredEndpoint[]): Promise<Webhook[]> {
    const receivers = await this.receivers.of(endpoints.map(({ id }) => id));
    return endpoints.map((endpoint) => endpointView(endpoint, receivers.get(endpoint.id)));
  }
}
