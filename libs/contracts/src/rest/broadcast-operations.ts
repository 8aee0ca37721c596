import { z } from 'zod';
import { shownBroadcast, storedBroadcast, validTill } from '../broadcasts.js';
import { pushPayload } from '../hooks/answers.js';
import { attachmentIds } from '../files.js';
import { conversationId, eventId, userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { mentions, messageContent } from '../message-content.js';
import { cursor, hookErrors, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';
import { dropped } from './event-operations.js';

/** Messages of services for all users of an application. */
export const broadcastOperations = {
  sendBroadcast: operation({
    ...inputless,
    id: 'sendBroadcast',
    method: 'post',
    path: '/conversations/{conversationId}/broadcasts',
    tag: 'Broadcasts',
    summary: 'Send a message of a service to all users of the application',
    description:
      'Who is connected gets it at once, everybody else at the next login until `validTill`; who logs in for the first time gets the last one that is still valid. It stands in the history of the service for every user of the application, subscribed or not, and stays there when it has expired. It passes the messageReceived hooks, which are shown no recipients. Edit and recall it like any message: updateMessage, recallMessage.',
    callers: ['master'],
    parameters: ofConversation,
    body: z.strictObject({
      senderId: userId.meta({ description: 'The user who speaks for the service.' }),
      content: messageContent,
      mentions: mentions.optional(),
      attachments: attachmentIds.optional(),
      validTill: validTill.optional().meta({
        description: `In milliseconds since the epoch; at most, and if absent, ${String(limits.broadcastValidity / 86_400_000)} days from now.`,
      }),
      push: pushPayload.optional().meta({
        description:
          'What devices of those users get who are not connected, unless they have muted the service. Absent: nothing.',
      }),
    }),
    answers: {
      201: { description: 'Stored.', schema: storedBroadcast.meta({ id: 'StoredBroadcast' }) },
      200: { description: 'A hook dropped it: nobody sees anything.', schema: dropped },
    },
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'wrong_conversation_kind',
      'user_not_found',
      'file_not_found',
      'message_too_large',
      'too_many_broadcasts',
      'idempotency_key_reused',
      ...hookErrors,
    ],
    idempotent: true,
  }),
  listBroadcasts: operation({
    ...inputless,
    id: 'listBroadcasts',
    method: 'get',
    path: '/broadcasts',
    tag: 'Broadcasts',
    summary: 'List the broadcasts that are still given to whoever logs in, newest first',
    callers: ['master'],
    query: z.object({
      conversationId: conversationId.optional().meta({ description: 'Those of this service; absent: all.' }),
      cursor,
      limit,
    }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ broadcasts: z.array(shownBroadcast.meta({ id: 'Broadcast' })), nextCursor }),
      },
    },
    errors: ['conversation_not_found', 'wrong_conversation_kind', 'invalid_cursor'],
    idempotent: false,
  }),
  deleteBroadcast: operation({
    ...inputless,
    id: 'deleteBroadcast',
    method: 'delete',
    path: '/broadcasts/{eventId}',
    tag: 'Broadcasts',
    summary: 'Delete a broadcast: nobody gets it any more, and nobody finds it in the history',
    description:
      'Clients that have got it are told nothing; for that recall it. An expired one is no broadcast any more.',
    callers: ['master'],
    parameters: z.object({ eventId }),
    answers: { 204: { description: 'Deleted.' } },
    errors: ['broadcast_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
} as const;
