import { z } from 'zod';
import { call } from '../call.js';
import { customEventType, eventTypeFilter } from '../event.js';
import { applicationId, conversationId, eventId, timestamp } from '../identifiers.js';
import { limits } from '../limits.js';

const duration = z.int().meta({ description: 'In ms.' });
const status = z
  .int()
  .nullable()
  .meta({ description: 'HTTP status of the answer; null: there was none, or a redirect.' });
const failure = z.string().nullable().meta({
  description: 'Why it was not taken, such as `status_500` or `timeout: deadline`; null: it was.',
  example: 'status_500',
});
const answer = z.string().meta({
  description: `The first ${String(limits.webhookAnswerKeptBytes)} bytes of the answer's body, as text.`,
});

export const attemptOutcome = z.enum(['succeeded', 'failed', 'paused']).meta({
  description: '`paused`: it failed on our side, which is no attempt of the schedule.',
});

/** One POST. */
export const webhookAttempt = z
  .object({
    id: z.uuid(),
    webhookId: z.string().meta({ description: 'Header `webhook-id` of the POST.' }),
    startedAt: timestamp,
    duration,
    status,
    outcome: attemptOutcome,
    failure,
    attempt: z.int().meta({ description: 'The how many-th it was of these events.' }),
    events: z.int().meta({ description: 'How many events it had.' }),
    eventIds: z.array(z.uuid()),
    answer,
    test: z.boolean().meta({ description: 'Whether it was a test.' }),
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = z.infer<typeof webhookAttempt>;

export const deliveryState = z.enum(['pending', 'dead']);

/** An event that a webhook has still to get, or will not get any more. */
export const webhookDelivery = z
  .object({
    eventId: z.uuid(),
    type: z.string(),
    conversationId: conversationId.nullable(),
    state: deliveryState.meta({ description: '`pending`: it waits. `dead`: it was given up.' }),
    attempts: z.int().meta({ description: 'How many have failed.' }),
    dueAt: timestamp
      .nullable()
      .meta({ description: 'Not before then is it sent; null: it is not, or as soon as its turn comes.' }),
    lastError: failure,
    createdAt: timestamp,
    deadAt: timestamp.nullable().meta({ description: 'When it was given up.' }),
    batchId: z
      .uuid()
      .nullable()
      .meta({ description: 'Those with the same one have failed together, and are sent together.' }),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

const [fixedType] = eventTypeFilter.options;

/** What can be sent to try a webhook out. */
const testedType = z.union([
  z.enum(['webhook.test', 'webhook.disabled']),
  fixedType.exclude(['custom:*']),
  customEventType,
]);

export const webhookTest = z
  .strictObject({
    type: testedType
      .default('webhook.test')
      .meta({ description: 'Of the event that is made up, and nowhere stored.', example: 'message' }),
  })
  .meta({ id: 'NewWebhookTest' });
export type WebhookTest = z.output<typeof webhookTest>;

export const webhookTestResult = z
  .object({ delivered: z.boolean(), status, failure, duration, answer })
  .meta({ id: 'WebhookTestResult' });
export type WebhookTestResult = z.infer<typeof webhookTestResult>;

const ofWebhook = z.object({ applicationId, webhookId: z.uuid() });
const page = { cursor: z.string().nullable(), limit: z.int() };
const nextCursor = z.string().nullable();

/** Newest first. */
export const listWebhookAttempts = call(
  'webhooks.attempts',
  ofWebhook.extend({ ...page, outcome: attemptOutcome.nullable(), eventId: eventId.nullable() }),
  z.object({ attempts: z.array(webhookAttempt), nextCursor }),
);

/** Given up ones newest first, waiting ones in their order. */
export const listWebhookDeliveries = call(
  'webhooks.deliveries',
  ofWebhook.extend({ ...page, state: deliveryState }),
  z.object({ deliveries: z.array(webhookDelivery), nextCursor }),
);

/** Sends something now; answers whatever the receiver does. */
export const testWebhook = call(
  'webhooks.test',
  ofWebhook.extend({ test: webhookTest }),
  webhookTestResult,
  limits.webhookTimeout + 3_000,
);
