import type { z } from 'zod';
import { operations } from '#contracts/rest/operations.js';
import type { newReplay, Replay } from '#contracts/webhooks/replays.js';
import type { TestApplication } from './application.js';
import { eventually } from './eventually.js';

interface Registered {
  readonly id: string;
}

/** @throws RestProblem */
export function beginReplay(
  application: TestApplication,
  { id: webhookId }: Registered,
  body: z.input<typeof newReplay>,
  idempotencyKey?: string,
): Promise<Replay> {
  return application.call(operations.createWebhookReplay, {
    parameters: { webhookId },
    body,
    idempotencyKey,
  });
}

/** @throws RestProblem */
export function replayOf(
  application: TestApplication,
  { id: webhookId }: Registered,
  { id: replayId }: Registered,
): Promise<Replay> {
  return application.call(operations.getWebhookReplay, { parameters: { webhookId, replayId } });
}

/** @returns it, when it has ended */
export function endOf(
  application: TestApplication,
  webhook: Registered,
  replay: Registered,
  within?: number,
): Promise<Replay> {
  return eventually(async () => {
    const known = await replayOf(application, webhook, replay);
    if (known.state === 'running') throw new Error('the replay is still running');
    return known;
  }, within);
}

/** @throws RestProblem */
export async function replayEvent(
  application: TestApplication,
  { id: webhookId }: Registered,
  eventId: string,
): Promise<boolean> {
  const parameters = { webhookId, eventId };
  const answer = await application.call<{ queued: boolean }>(operations.replayWebhookEvent, {
    parameters,
    body: {},
  });
  return answer.queued;
}
