import { z } from 'zod';
import type { ErrorCode } from '../errors.js';
import { eventTypeFilter, modification, timelineEvent } from '../event.js';
import { customEventData, customEventName, expiresIn, mentions, messageContent } from '../message-content.js';
import { attachmentIds } from '../files.js';
import { pushPayload } from '../hooks/answers.js';
import { conversationId, eventId, seq, timestamp, userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { recipientIds } from '../sending.js';
import { cursor, hookErrors, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';

export const senderId = userId.optional().meta({
  description: 'Required with the master key, which speaks for this user; not allowed with a user token.',
});

const types = z
  .string()
  .max(limits.eventTypesPerFilter * (limits.customEventNameLength + 'custom:,'.length))
  .transform((list) => list.split(','))
  .pipe(z.array(eventTypeFilter).max(limits.eventTypesPerFilter))
  .optional()
  .meta({
    description: 'Types to list, separated by commas; `custom:*` stands for every custom event. Absent: all.',
    example: 'message,custom:*',
  });

export const stored = z.object({ eventId, seq, timestamp, modified: modification.nullable() }).meta({
  id: 'StoredEvent',
  description: '`modified` says how hooks have changed the event; null: not at all.',
});
export const dropped = z.object({ dropped: z.literal(true) }).meta({ id: 'DroppedEvent' });
const sendAnswers = {
  201: { description: 'Stored.', schema: stored },
  200: { description: 'A hook dropped it: nobody sees anything.', schema: dropped },
};
/** In a service, whom a server speaks to. */
export const to = recipientIds.optional().meta({
  description:
    'With the master key, in a service: whom alone it is for. Absent: all users, in a service its subscribers.',
});

const sendErrors = [
  'conversation_not_found',
  'conversation_inactive',
  'not_a_member',
  'member_silenced',
  'sender_blocked',
  'user_blocked',
  'wrong_conversation_kind',
  'user_not_found',
  ...hookErrors,
  'overloaded',
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];

/** What is said in a conversation, and its history. */
export const eventOperations = {
  sendMessage: operation({
    ...inputless,
    id: 'sendMessage',
    method: 'post',
    path: '/conversations/{conversationId}/messages',
    tag: 'Events',
    summary: 'Send a message',
    description: `At most ${String(limits.messageBytes)} bytes of content. It passes the messageReceived hooks before it is stored.`,
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: z.strictObject({
      content: messageContent,
      mentions: mentions.optional(),
      attachments: attachmentIds.optional(),
      expiresIn: expiresIn.optional(),
      senderId,
      to,
      push: pushPayload.optional().meta({
        description:
          'With the master key: what devices of those get who are not connected, instead of sender and preview.',
      }),
    }),
    answers: sendAnswers,
    errors: [...sendErrors, 'message_too_large', 'file_not_found'],
    idempotent: true,
  }),
  sendCustomEvent: operation({
    ...inputless,
    id: 'sendCustomEvent',
    method: 'post',
    path: '/conversations/{conversationId}/custom-events',
    tag: 'Events',
    summary: 'Send a custom event',
    description: `At most ${String(limits.customEventDataBytes)} bytes of data. Sockets get it as \`custom:<name>\`.`,
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: z.strictObject({ name: customEventName, data: customEventData, senderId, to }),
    answers: sendAnswers,
    errors: [...sendErrors, 'custom_event_data_too_large'],
    idempotent: true,
  }),
  listEvents: operation({
    ...inputless,
    id: 'listEvents',
    method: 'get',
    path: '/conversations/{conversationId}/events',
    tag: 'Events',
    summary: "List a conversation's events, newest first unless asked otherwise",
    callers: ['user', 'master'],
    parameters: ofConversation,
    query: z.object({
      cursor,
      limit,
      order: z.enum(['ascending', 'descending']).default('descending'),
      types,
      userId: userId.optional().meta({
        description:
          'With the master key: only what this user may see. With a user token: its own user, named or not.',
      }),
      view: z.enum(['inbox']).optional().meta({
        description:
          'With the master key, of a service: `inbox` is what users have said to it. Not with `userId`.',
      }),
    }),
    answers: {
      200: { description: 'A page.', schema: z.object({ events: z.array(timelineEvent), nextCursor }) },
    },
    errors: ['conversation_not_found', 'not_a_member', 'wrong_conversation_kind', 'invalid_cursor'],
    idempotent: false,
  }),
  getEvent: operation({
    ...inputless,
    id: 'getEvent',
    method: 'get',
    path: '/conversations/{conversationId}/events/{eventId}',
    tag: 'Events',
    summary: 'Read one event, also one that a hook addressed to somebody who is not a member',
    callers: ['user', 'master'],
    parameters: z.object({ conversationId, eventId }),
    answers: { 200: { description: 'The event.', schema: timelineEvent } },
    errors: ['conversation_not_found', 'event_not_found'],
    idempotent: false,
  }),
} as const;
