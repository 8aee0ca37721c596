import { z } from 'zod';
import { call } from './call.js';
import { messageEvent, origin } from './event.js';
import { pushPayload } from './hooks/answers.js';
import { applicationId, conversationId, eventId, userId } from './identifiers.js';
import { limits } from './limits.js';

/**
 * Whom to notify of a message, and with what, once the application's `receiversOffline` hooks were asked. Null when there
 * is nothing to say any more: the message was recalled, has expired or has gone.
 */
export const decideNotification = call(
  'absence.decide',
  z.object({
    /** Identifies the question: hooks get the same call ids whenever it is repeated. */
    commandId: z.uuid(),
    applicationId,
    conversationId,
    eventId,
    origin,
    /** Those who are absent: who wants to be notified, and who muted the conversation. */
    userIds: z.array(userId).readonly(),
    mutedUserIds: z.array(userId).readonly(),
  }),
  z
    .object({
      event: messageEvent,
      userIds: z.array(userId),
      /** What their devices get instead of the preview. */
      push: pushPayload.nullable(),
    })
    .nullable(),
  limits.hookBudget + 4_000,
);
