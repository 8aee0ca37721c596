import { z } from 'zod';
import { conversationId } from '../identifiers.js';
import { rotatedSecret, secretRotation } from '../secret-rotation.js';
import {
  newWebhook,
  rotatedKey,
  webhook,
  webhookChange,
  webhookWithSecret,
} from '../webhooks/registration.js';
import { inputless, operation } from './describe.js';

const ofWebhook = z.object({ webhookId: z.uuid() });

/** Webhooks: whom Hookline tells what was stored. */
export const webhookOperations = {
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
    summary: 'List the webhooks, the oldest first',
    description:
      "Callbacks of conversations, which are set over Vonage's REST API, are not among them: `callbackOf` lists that of one conversation.",
    callers: ['master'],
    query: z.object({
      callbackOf: conversationId.optional().meta({ description: 'The callback of this conversation alone.' }),
    }),
    answers: { 200: { description: 'All webhooks.', schema: z.object({ webhooks: z.array(webhook) }) } },
    errors: [],
    idempotent: false,
  }),
  getWebhook: operation({
    ...inputless,
    id: 'getWebhook',
    method: 'get',
    path: '/webhooks/{webhookId}',
    tag: 'Webhooks',
    summary: 'Read a webhook',
    callers: ['master'],
    parameters: ofWebhook,
    answers: { 200: { description: 'The webhook, without its secret.', schema: webhook } },
    errors: ['webhook_not_found'],
    idempotent: false,
  }),
  updateWebhook: operation({
    ...inputless,
    id: 'updateWebhook',
    method: 'patch',
    path: '/webhooks/{webhookId}',
    tag: 'Webhooks',
    summary: 'Change a webhook; it is effective within two seconds',
    description:
      'Fields that are not there stay as they are. To enable it again forgets why it was disabled, and goes on with what waits for it; what happened while it was disabled is not made up for.',
    callers: ['master'],
    parameters: ofWebhook,
    body: webhookChange,
    answers: { 200: { description: 'Changed.', schema: webhook } },
    errors: ['webhook_not_found', 'address_not_allowed'],
    idempotent: false,
  }),
  rotateWebhookSecret: operation({
    ...inputless,
    id: 'rotateWebhookSecret',
    method: 'post',
    path: '/webhooks/{webhookId}/secret/rotate',
    tag: 'Webhooks',
    summary: 'Give a webhook a new secret',
    description:
      'Within two seconds it signs every POST, and until `formerValidUntil` the former one does as well: two signatures in one header. The secret is shown in this answer only; repeat the request with the same Idempotency-Key if it was lost.',
    callers: ['master'],
    parameters: ofWebhook,
    body: secretRotation,
    answers: { 201: { description: 'Rotated.', schema: rotatedSecret } },
    errors: ['webhook_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
  rotateWebhookKey: operation({
    ...inputless,
    id: 'rotateWebhookKey',
    method: 'post',
    path: '/webhooks/{webhookId}/key/rotate',
    tag: 'Webhooks',
    summary: 'Give a webhook a new key for `v1a`',
    description:
      'Within two seconds it signs every POST of a webhook with `v1a`, and until `formerValidUntil` the former one does as well.',
    callers: ['master'],
    parameters: ofWebhook,
    body: secretRotation,
    answers: { 201: { description: 'Rotated.', schema: rotatedKey } },
    errors: ['webhook_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
  deleteWebhook: operation({
    ...inputless,
    id: 'deleteWebhook',
    method: 'delete',
    path: '/webhooks/{webhookId}',
    tag: 'Webhooks',
    summary: 'Remove a webhook with what it has not got yet',
    callers: ['master'],
    parameters: ofWebhook,
    answers: { 204: { description: 'Removed.' } },
    errors: ['webhook_not_found'],
    idempotent: false,
  }),
} as const;
