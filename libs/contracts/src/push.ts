import { z } from 'zod';
import { call } from './call.js';
import { conversationKind } from './conversations.js';
import { messageEvent } from './event.js';
import { pushPayload } from './hooks/answers.js';
import { applicationId, conversationId, eventId, timestamp, userId } from './identifiers.js';

export const pushNotification = z
  .object({
    id: z.string(),
    userId,
    conversationId,
    eventId,
    provider: z.string().meta({ example: 'log' }),
    payload: z.union([z.strictObject({ title: z.string(), body: z.string() }), pushPayload]).meta({
      description:
        'What a device gets: sender and beginning of the message, or what was given with it, or by a `receiversOffline` hook.',
    }),
    createdAt: timestamp,
  })
  .meta({ id: 'PushNotification' });

export const listPushNotifications = call(
  'push.list',
  z.object({ applicationId, userId: userId.nullable(), cursor: z.string().nullable(), limit: z.int() }),
  z.object({ notifications: z.array(pushNotification), nextCursor: z.string().nullable() }),
);

/** A message, and those who were not notified of it because their gateway had gone and nobody knew yet. */
export const missedEvent = z.object({
  applicationId,
  conversationKind,
  event: messageEvent,
  userIds: z.array(userId),
  /** What devices get instead of sender and preview. */
  push: pushPayload.optional(),
});
export type MissedEvent = z.infer<typeof missedEvent>;

/** Notifies them now, durably when it has answered. Safe to repeat: a user gets one notification per event. */
export const notifyMissed = call('push.missed', z.object({ missed: z.array(missedEvent) }), z.object({}));

/**
 * Forgets the notifications of a user, or those of these events: a portion of them, so ask until `isDone`. Safe to repeat.
 */
export const forgetNotifications = call(
  'push.forget',
  z.object({ applicationId, of: z.union([z.object({ userId }), z.object({ eventIds: z.array(eventId) })]) }),
  z.object({ isDone: z.boolean() }),
);
