import { z } from 'zod';
import { call } from '../call.js';
import { applicationId, conversationId, eventId, timestamp } from '../identifiers.js';
import { idempotentRequest } from '../idempotency.js';

/** A time that a range may begin or end at: until the end of the year 9999. */
const bound = timestamp.min(0).max(253_402_300_799_999);
const from = bound.meta({ description: 'The first instant that counts, in milliseconds since the epoch.' });

const what = z.enum(['missing', 'dead', 'all']).meta({
  description:
    '`missing`: events of that time that the webhook asks for and has never taken, as far back as its attempts are kept. `dead`: deliveries made in that time that were given up. `all`: every event of that time that it asks for, taken or not.',
});

export const newReplay = z
  .strictObject({
    what,
    from,
    to: bound
      .nullable()
      .default(null)
      .meta({ description: 'The first instant that counts no more; null: now.' }),
    conversationId: conversationId
      .nullable()
      .default(null)
      .meta({ description: 'Events of this conversation alone; null: of all.' }),
  })
  .refine(({ from: begin, to }) => to === null || begin < to, { path: ['to'], error: 'must be after `from`' })
  .meta({ id: 'NewReplay' });

export const replay = z
  .object({
    id: z.uuid(),
    what,
    from,
    to: bound.meta({ description: 'The first instant that counts no more.' }),
    conversationId: conversationId.nullable(),
    state: z.enum(['running', 'done', 'cancelled']),
    looked: z.int().meta({ description: 'How many events, or deliveries, it has looked at.' }),
    queued: z.int().meta({ description: 'How many of them it has queued for the webhook.' }),
    createdAt: timestamp,
    finishedAt: timestamp.nullable(),
  })
  .meta({ id: 'Replay' });
export type Replay = z.infer<typeof replay>;

export const replayedEvent = z
  .object({
    queued: z.boolean().meta({ description: 'false: it waited for the webhook already, and is due now.' }),
  })
  .meta({ id: 'ReplayedEvent' });

const ofWebhook = z.object({ applicationId, webhookId: z.uuid() });
const ofReplay = ofWebhook.extend({ replayId: z.uuid() });

export const replayWebhookEvent = call('webhooks.replay-event', ofWebhook.extend({ eventId }), replayedEvent);
export const createWebhookReplay = call(
  'webhooks.replays.create',
  ofWebhook.extend({ request: idempotentRequest.nullable(), replay: newReplay }),
  replay,
);
export const listWebhookReplays = call(
  'webhooks.replays.list',
  ofWebhook.extend({ cursor: z.string().nullable(), limit: z.int() }),
  z.object({ replays: z.array(replay), nextCursor: z.string().nullable() }),
);
export const getWebhookReplay = call('webhooks.replays.get', ofReplay, replay);
export const cancelWebhookReplay = call('webhooks.replays.cancel', ofReplay, z.object({}));
