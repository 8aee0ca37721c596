import { z } from 'zod';
import { call } from './call.js';
import { eventTypeFilter, timelineEvent } from './event.js';
import { applicationId, timestamp } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';
import { displayUrl } from './url.js';

export const webhook = z
  .object({
    id: z.uuid(),
    url: z.string(),
    eventTypes: z.array(z.string()),
    enabled: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'Webhook' });

export const webhookWithSecret = webhook
  .extend({
    secret: z.string().meta({ description: 'Standard Webhooks secret; shown only in this answer.' }),
  })
  .meta({ id: 'WebhookWithSecret' });

export const newWebhook = z
  .strictObject({
    url: displayUrl,
    eventTypes: z
      .array(eventTypeFilter)
      .max(limits.eventTypesPerFilter)
      .default([])
      .meta({ description: 'Empty: all.' }),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'NewWebhook' });

/** Body of a webhook POST; the header `webhook-id` is the event's id. */
export const webhookPayload = z
  .object({ type: z.string(), timestamp: z.iso.datetime(), applicationId, data: timelineEvent })
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayload>;

export const createWebhook = call(
  'webhooks.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), webhook: newWebhook }),
  webhookWithSecret,
);
export const listWebhooks = call(
  'webhooks.list',
  z.object({ applicationId }),
  z.object({ webhooks: z.array(webhook) }),
);
export const deleteWebhook = call(
  'webhooks.delete',
  z.object({ applicationId, webhookId: z.uuid() }),
  z.object({}),
);
