import { z } from 'zod';
import { call } from './call.js';
import { applicationId, conversationId, eventId, timestamp, userId } from './identifiers.js';

export const pushNotification = z
  .object({
    id: z.string(),
    userId,
    conversationId,
    eventId,
    provider: z.string().meta({ example: 'log' }),
    payload: z.object({ title: z.string(), body: z.string() }),
    createdAt: timestamp,
  })
  .meta({ id: 'PushNotification' });

export const listPushNotifications = call(
  'push.list',
  z.object({ applicationId, userId: userId.nullable(), cursor: z.string().nullable(), limit: z.int() }),
  z.object({ notifications: z.array(pushNotification), nextCursor: z.string().nullable() }),
);
