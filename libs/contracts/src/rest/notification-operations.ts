import { z } from 'zod';
import { userId } from '../identifiers.js';
import { pushNotification } from '../push.js';
import { newWebhook, webhook, webhookWithSecret } from '../webhooks.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

/** Whom Hookline tells: webhooks, push. */
export const notificationOperations = {
  createWebhook: operation({
    ...inputless,
    id: 'createWebhook',
    method: 'post',
    path: '/webhooks',
    tag: 'Webhooks',
    summary: 'Register a webhook; it gets every event that is stored after this is answered',
    callers: ['master'],
    body: newWebhook,
    answers: { 201: { description: 'Registered.', schema: webhookWithSecret } },
    errors: ['address_not_allowed', 'too_many_webhooks', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listWebhooks: operation({
    ...inputless,
    id: 'listWebhooks',
    method: 'get',
    path: '/webhooks',
    tag: 'Webhooks',
    summary: 'List the webhooks',
    callers: ['master'],
    answers: { 200: { description: 'All webhooks.', schema: z.object({ webhooks: z.array(webhook) }) } },
    errors: [],
    idempotent: false,
  }),
  deleteWebhook: operation({
    ...inputless,
    id: 'deleteWebhook',
    method: 'delete',
    path: '/webhooks/{webhookId}',
    tag: 'Webhooks',
    summary: 'Remove a webhook with what it has not got yet',
    callers: ['master'],
    parameters: z.object({ webhookId: z.uuid() }),
    answers: { 204: { description: 'Removed.' } },
    errors: ['webhook_not_found'],
    idempotent: false,
  }),
  listPushNotifications: operation({
    ...inputless,
    id: 'listPushNotifications',
    method: 'get',
    path: '/push-notifications',
    tag: 'Push',
    summary: 'List what was (provider `log`: would have been) pushed to users who were away',
    callers: ['master'],
    query: z.object({ cursor, limit, userId: userId.optional() }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ notifications: z.array(pushNotification), nextCursor }),
      },
    },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
} as const;
