import { z } from 'zod';
import { eventId } from '../identifiers.js';
import { newReplay, replay, replayedEvent } from '../webhooks/replays.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

const ofWebhook = z.object({ webhookId: z.uuid() });
const ofReplay = ofWebhook.extend({ replayId: z.uuid() });

/** Events that webhooks get once more. */
export const webhookReplayOperations = {
  replayWebhookEvent: operation({
    ...inputless,
    id: 'replayWebhookEvent',
    method: 'post',
    path: '/webhooks/{webhookId}/events/{eventId}/replay',
    tag: 'Webhooks',
    summary: 'Have one event delivered once more',
    description:
      'As it was delivered when that was given up, else as it is now, whatever the webhook asks for. Its `webhook-id` is the same as ever, and it comes after what waits already. One that waits itself, since it has failed, is due now.',
    callers: ['master'],
    parameters: ofWebhook.extend({ eventId }),
    body: z.strictObject({}),
    answers: { 202: { description: 'It will be delivered.', schema: replayedEvent } },
    errors: ['webhook_not_found', 'event_not_found', 'webhook_disabled'],
    idempotent: false,
  }),
  createWebhookReplay: operation({
    ...inputless,
    id: 'createWebhookReplay',
    method: 'post',
    path: '/webhooks/{webhookId}/replays',
    tag: 'Webhooks',
    summary: 'Have the events of a time delivered once more',
    description:
      'They are queued in the background, in order per conversation, and come after what waits already; one replay of a webhook at a time.',
    callers: ['master'],
    parameters: ofWebhook,
    body: newReplay,
    answers: { 202: { description: 'It has begun.', schema: replay } },
    errors: ['webhook_not_found', 'webhook_disabled', 'replay_running', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listWebhookReplays: operation({
    ...inputless,
    id: 'listWebhookReplays',
    method: 'get',
    path: '/webhooks/{webhookId}/replays',
    tag: 'Webhooks',
    summary: 'List the replays of a webhook, newest first',
    callers: ['master'],
    parameters: ofWebhook,
    query: z.object({ cursor, limit }),
    answers: {
      200: { description: 'A page.', schema: z.object({ replays: z.array(replay), nextCursor }) },
    },
    errors: ['webhook_not_found', 'invalid_cursor'],
    idempotent: false,
  }),
  getWebhookReplay: operation({
    ...inputless,
    id: 'getWebhookReplay',
    method: 'get',
    path: '/webhooks/{webhookId}/replays/{replayId}',
    tag: 'Webhooks',
    summary: 'Read how far a replay is',
    callers: ['master'],
    parameters: ofReplay,
    answers: { 200: { description: 'The replay.', schema: replay } },
    errors: ['webhook_not_found', 'replay_not_found'],
    idempotent: false,
  }),
  cancelWebhookReplay: operation({
    ...inputless,
    id: 'cancelWebhookReplay',
    method: 'delete',
    path: '/webhooks/{webhookId}/replays/{replayId}',
    tag: 'Webhooks',
    summary: 'End a replay; what it has queued is delivered',
    callers: ['master'],
    parameters: ofReplay,
    answers: { 204: { description: 'It has ended.' } },
    errors: ['webhook_not_found', 'replay_not_found'],
    idempotent: false,
  }),
} as const;
