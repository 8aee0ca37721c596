import { z } from 'zod';
import { userId } from '../identifiers.js';
import { pushNotification } from '../push.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

/** Whom Hookline tells through providers: push. */
export const notificationOperations = {
  listPushNotifications: operation({
    ...inputless,
    id: 'listPushNotifications',
    method: 'get',
    path: '/push-notifications',
    tag: 'Push',
    summary: 'List what was (provider `log`: would have been) pushed to users who were away',
    callers: ['master'],
    query: z.object({ cursor, limit, userId: userId.optional() }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ notifications: z.array(pushNotification), nextCursor }),
      },
    },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
} as const;
