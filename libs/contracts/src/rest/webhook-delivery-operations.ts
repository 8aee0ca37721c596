import { z } from 'zod';
import { eventId } from '../identifiers.js';
import {
  attemptOutcome,
  deliveryState,
  webhookAttempt,
  webhookDelivery,
  webhookTest,
  webhookTestResult,
} from '../webhooks/deliveries.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

const ofWebhook = z.object({ webhookId: z.uuid() });

/** What webhooks got, and what they have not got. */
export const webhookDeliveryOperations = {
  testWebhook: operation({
    ...inputless,
    id: 'testWebhook',
    method: 'post',
    path: '/webhooks/{webhookId}/test',
    tag: 'Webhooks',
    summary: 'Send something to a webhook, to see what it says',
    description:
      'Sends an event that is made up, with the header `hookline-test: true` and an id of its own, whether the webhook is enabled or not, and without waiting for anything. It counts for nothing but the log of attempts, and is not repeated.',
    callers: ['master'],
    parameters: ofWebhook,
    body: webhookTest,
    answers: { 200: { description: 'What came of it, whatever that is.', schema: webhookTestResult } },
    errors: ['webhook_not_found'],
    idempotent: false,
  }),
  listWebhookAttempts: operation({
    ...inputless,
    id: 'listWebhookAttempts',
    method: 'get',
    path: '/webhooks/{webhookId}/attempts',
    tag: 'Webhooks',
    summary: "List a webhook's POSTs, newest first",
    description:
      'Each is kept for four days, unless the installation says otherwise. A page may have fewer than it could, and still a cursor.',
    callers: ['master'],
    parameters: ofWebhook,
    query: z.object({
      cursor,
      limit,
      outcome: attemptOutcome.optional(),
      eventId: eventId.optional().meta({ description: 'POSTs that had this event.' }),
    }),
    answers: {
      200: { description: 'A page.', schema: z.object({ attempts: z.array(webhookAttempt), nextCursor }) },
    },
    errors: ['webhook_not_found', 'invalid_cursor'],
    idempotent: false,
  }),
  listWebhookDeliveries: operation({
    ...inputless,
    id: 'listWebhookDeliveries',
    method: 'get',
    path: '/webhooks/{webhookId}/deliveries',
    tag: 'Webhooks',
    summary: 'List what a webhook was given up on, newest first, or what waits for it',
    description: 'What was given up is kept for 30 days, what waits until it was taken or is given up.',
    callers: ['master'],
    parameters: ofWebhook,
    query: z.object({ cursor, limit, state: deliveryState.default('dead') }),
    answers: {
      200: { description: 'A page.', schema: z.object({ deliveries: z.array(webhookDelivery), nextCursor }) },
    },
    errors: ['webhook_not_found', 'invalid_cursor'],
    idempotent: false,
  }),
} as const;
