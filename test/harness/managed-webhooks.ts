import type { z } from 'zod';
import { operations } from '#contracts/rest/operations.js';
import type {
  listWebhookAttempts,
  listWebhookDeliveries,
  webhookTest,
  WebhookTestResult,
} from '#contracts/webhooks/deliveries.js';
import type {
  newWebhook,
  rotatedKey,
  Webhook,
  webhookChange,
  webhookWithSecret,
} from '#contracts/webhooks/registration.js';
import type { TestApplication } from './application.js';

interface Registered {
  readonly id: string;
}

/** Of a list. `cursor`: where the page before ended; null: at the beginning. */
interface Query {
  readonly cursor?: string | null | undefined;
  readonly limit?: number;
  readonly outcome?: string;
  readonly eventId?: string | undefined;
  readonly state?: string;
}

/** For whom `TestApplication.webhook` is not enough: a webhook at any address. @throws RestProblem */
export function registerWebhook(
  application: TestApplication,
  body: z.input<typeof newWebhook>,
  idempotencyKey?: string,
): Promise<z.output<typeof webhookWithSecret>> {
  return application.call(operations.createWebhook, { body, idempotencyKey });
}

/** @throws RestProblem */
export function webhookOf(application: TestApplication, { id: webhookId }: Registered): Promise<Webhook> {
  return application.call(operations.getWebhook, { parameters: { webhookId } });
}

/** @throws RestProblem */
export function changeWebhook(
  application: TestApplication,
  { id: webhookId }: Registered,
  body: z.input<typeof webhookChange>,
): Promise<Webhook> {
  return application.call(operations.updateWebhook, { parameters: { webhookId }, body });
}

/** @returns the new secret. @throws RestProblem */
export async function rotateWebhookSecret(
  application: TestApplication,
  { id: webhookId }: Registered,
  overlapSeconds = 0,
): Promise<string> {
  const request = { parameters: { webhookId }, body: { overlapSeconds } };
  return (await application.call<{ secret: string }>(operations.rotateWebhookSecret, request)).secret;
}

/** @throws RestProblem */
export function rotateWebhookKey(
  application: TestApplication,
  { id: webhookId }: Registered,
  overlapSeconds = 0,
): Promise<z.output<typeof rotatedKey>> {
  const request = { parameters: { webhookId }, body: { overlapSeconds } };
  return application.call(operations.rotateWebhookKey, request);
}

/** @throws RestProblem */
export async function deleteWebhook(
  application: TestApplication,
  { id: webhookId }: Registered,
): Promise<void> {
  await application.call(operations.deleteWebhook, { parameters: { webhookId } });
}

/** A page of its POSTs. @throws RestProblem */
export function attemptsOf(
  application: TestApplication,
  { id: webhookId }: Registered,
  { cursor, ...query }: Query = {},
): Promise<z.output<typeof listWebhookAttempts.answer>> {
  return application.call(operations.listWebhookAttempts, {
    parameters: { webhookId },
    query: { ...query, cursor: cursor ?? undefined },
  });
}

/** A page of what it has not got. @throws RestProblem */
export function deliveriesOf(
  application: TestApplication,
  { id: webhookId }: Registered,
  { cursor, ...query }: Query = {},
): Promise<z.output<typeof listWebhookDeliveries.answer>> {
  return application.call(operations.listWebhookDeliveries, {
    parameters: { webhookId },
    query: { ...query, cursor: cursor ?? undefined },
  });
}

/** @throws RestProblem */
export function testWebhook(
  application: TestApplication,
  { id: webhookId }: Registered,
  body: z.input<typeof webhookTest> = {},
): Promise<WebhookTestResult> {
  return application.call(operations.testWebhook, { parameters: { webhookId }, body });
}
