import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { World } from '../harness/world.js';

/** A webhook that is enabled and gets nothing, a replay of it that runs and never goes on, and an event of somebody else's. */
export async function replaysOf(
  world: World,
  application: TestApplication,
  foreigner: TestUser,
  idempotencyKey: string,
): Promise<{ replayedWebhookId: string; replayId: string; foreignEventId: string }> {
  const { id: webhookId } = await application.call<{ id: string }>(operations.createWebhook, {
    body: { url: 'http://127.0.0.1:9/', eventTypes: ['custom:never'] },
  });
  const { id: replayId } = await application.call<{ id: string }>(operations.createWebhookReplay, {
    parameters: { webhookId },
    body: { what: 'all', from: 1 },
    idempotencyKey,
  });
  await world.database.sql(
    `UPDATE webhook_delivery.replay SET state = 'running', leased_until = 'infinity', finished_at = NULL WHERE id = $1::uuid`,
    replayId,
  );
  const { body } = await foreigner.send(await foreigner.create(), 'mine');
  const { eventId: foreignEventId } = body as { eventId: string };
  return { replayedWebhookId: webhookId, replayId, foreignEventId };
}
