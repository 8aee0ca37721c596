import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import {
  attemptsOf,
  changeWebhook,
  deleteWebhook,
  deliveriesOf,
  rotateWebhookKey,
  rotateWebhookSecret,
  testWebhook,
  webhookOf,
} from '../harness/managed-webhooks.js';

/** What deliveries to webhooks ask. */
export const webhookStatements: readonly RegExp[] = [
  /"webhook_delivery"."inbox_lane" .* INSERT INTO webhook_delivery\.delivery /,
  /UPDATE webhook_delivery\.endpoint_state AS state SET holder/,
  /UPDATE webhook_delivery\.endpoint_state SET leased_until/,
  /FROM webhook_delivery\.endpoint_state WHERE endpoint_id/,
  /FROM webhook_delivery\.webhook_endpoint WHERE id/,
  /WITH due AS MATERIALIZED .* LEFT JOIN LATERAL .* webhook_delivery\.delivery/,
  /WITH setting AS MATERIALIZED .* DELETE FROM webhook_delivery\.delivery/,
  /DELETE FROM webhook_delivery\.attempt WHERE .* id < /,
  /DELETE FROM webhook_delivery\.delivery WHERE .* dead_at/,
  /FROM webhook_delivery\.attempt WHERE place = 0/,
  /FROM webhook_delivery\.attempt WHERE .* event_id =/,
  /FROM webhook_delivery\.attempt AS one WHERE one\.id = wanted\.id/,
  /FROM webhook_delivery\.delivery WHERE state = 'dead'/,
  /FROM webhook_delivery\.delivery WHERE .* state = 'pending'/,
];

/** Webhooks are looked at, changed and removed. */
export async function manageWebhooks(
  application: TestApplication,
  webhook: { readonly id: string },
): Promise<void> {
  await webhookOf(application, webhook);
  await changeWebhook(application, webhook, { enabled: false, signatures: ['v1', 'v1a'] });
  await changeWebhook(application, webhook, { enabled: true });
  await rotateWebhookSecret(application, webhook, 60);
  await rotateWebhookKey(application, webhook, 60);
  await application.call(operations.listWebhooks);
  await testWebhook(application, webhook);
  const [attempt] = (await attemptsOf(application, webhook)).attempts;
  await attemptsOf(application, webhook, { eventId: attempt!.eventIds[0], outcome: 'succeeded' });
  for (const state of ['dead', 'pending']) await deliveriesOf(application, webhook, { state });
  await deleteWebhook(application, webhook);
}
