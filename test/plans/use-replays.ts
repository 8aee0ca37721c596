import { expect } from '@jest/globals';
import { encodeIdCursor } from '#contracts/cursor.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { changeWebhook, deleteWebhook, webhookOf } from '../harness/managed-webhooks.js';
import { HttpAnswer } from '../harness/signed-server.js';
import { beginReplay, endOf, replayEvent } from '../harness/webhook-replays.js';
import type { World } from '../harness/world.js';

const giant = { id: 'c1' };

/** What `useReplays` must have had seen. */
export const partsOfReplays: readonly RegExp[] = [
  /disabled AS \( UPDATE webhook_delivery\.webhook_endpoint/,
  /UPDATE webhook_delivery\.replay AS known SET leased_until/,
  /AS is_meant FROM webhook_delivery\.delivery/,
  /replaying AS MATERIALIZED .* nextval\('webhook_delivery\.delivery_id_seq'\)/,
  /replaying AS MATERIALIZED .* attempt\.outcome = 'succeeded'/,
  /WITH member AS MATERIALIZED \( SELECT lane, max\(id\) AS last/,
];

/** A webhook is gone, comes back, and has sent again what it has missed; another takes batches, not all at the first time. */
export async function useReplays(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const from = Date.now();
  let status = 410;
  const webhook = await application.webhook(() => new HttpAnswer(status, ''));
  for (const text of ['one', 'two']) await busy.send(giant, text);
  await eventually(async () => {
    expect((await webhookOf(application, webhook)).enabled).toBe(false);
  });
  await world.settled();
  await world.database.sql(
    `UPDATE webhook_delivery.delivery SET state = 'dead', dead_at = now() WHERE endpoint_id = $1::text::uuid`,
    webhook.id,
  );
  const dead = await world.database.sql(
    `SELECT event_id::text AS id FROM webhook_delivery.delivery WHERE endpoint_id = $1::text::uuid`,
    webhook.id,
  );
  status = 204;
  await changeWebhook(application, webhook, { enabled: true });
  for (const { id } of [...dead, ...dead]) await replayEvent(application, webhook, String(id));
  // Of all conversations alone what was given up: looking through 55,000 timelines takes minutes.
  for (const [what, conversationId] of [
    ['dead', null],
    ['dead', giant.id],
    ['missing', giant.id],
    ['all', giant.id],
  ] as const) {
    const replay = await beginReplay(application, webhook, { what, from, conversationId });
    expect((await endOf(application, webhook, replay, 120_000)).state).toBe('done');
  }
  const cancelled = await beginReplay(application, webhook, { what: 'all', from: 0 });
  const parameters = { webhookId: webhook.id, replayId: cancelled.id };
  await application.call(operations.cancelWebhookReplay, { parameters });
  for (const cursor of [undefined, encodeIdCursor(cancelled.id)])
    await application.call(operations.listWebhookReplays, {
      parameters: { webhookId: webhook.id },
      query: { limit: 1, cursor },
    });
  await deleteWebhook(application, webhook);
  await takeBatches(application, busy);
}

async function takeBatches(application: TestApplication, busy: TestUser): Promise<void> {
  const answers = [500];
  const webhook = await application.webhook(() => new HttpAnswer(answers.shift() ?? 204, ''), {
    format: { kind: 'batch', lingerMs: 200 },
  });
  for (const id of ['c1', 'c2', 'c3']) await busy.send({ id }, 'together');
  await eventually(() => {
    expect(webhook.received.length).toBeGreaterThan(1);
  }, 60_000);
  await deleteWebhook(application, webhook);
}
