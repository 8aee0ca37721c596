import { z } from 'zod';
import type { ErrorCode } from '../errors.js';
import { conversationId, eventId, seq, timestamp, userId } from '../identifiers.js';
import { mentions, messageContent } from '../message-content.js';
import { hookErrors, inputless, operation } from './describe.js';
import { dropped, stored } from './event-operations.js';

const ofMessage = z.object({ conversationId, eventId });

const changeErrors = [
  'conversation_not_found',
  'conversation_inactive',
  'event_not_found',
  'not_a_message',
  'message_expired',
  'not_a_member',
  'user_blocked',
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];

/** What becomes of messages after they were sent. */
export const messageOperations = {
  updateMessage: operation({
    ...inputless,
    id: 'updateMessage',
    method: 'patch',
    path: '/conversations/{conversationId}/messages/{eventId}',
    tag: 'Events',
    summary: 'Edit a message: its sender, or a server',
    description:
      'The new content passes the messageUpdate hooks. Mentions that are not named stay as they are. Whoever could see the message is told by `message.updated`.',
    callers: ['user', 'master'],
    parameters: ofMessage,
    body: z.strictObject({ content: messageContent, mentions: mentions.optional() }),
    answers: {
      200: {
        description: 'The event that says so; or `dropped`: a hook dropped the edit, nothing has changed.',
        schema: z.union([stored, dropped]),
      },
    },
    errors: [
      ...changeErrors,
      'not_the_sender',
      'sender_blocked',
      'member_silenced',
      'message_recalled',
      'message_too_large',
      ...hookErrors,
    ],
    idempotent: true,
  }),
  recallMessage: operation({
    ...inputless,
    id: 'recallMessage',
    method: 'delete',
    path: '/conversations/{conversationId}/messages/{eventId}',
    tag: 'Events',
    summary:
      'Recall a message or custom event: its sender, a manager over those whom it outranks, or a server',
    description:
      'Its content, or `data`, is deleted for good, with that of its edits; the event stays. It passes the messageUpdate hooks, whatever they make of the content. Whoever could see the message is told by `message.recalled`. Repeating it answers the same.',
    callers: ['user', 'master'],
    parameters: ofMessage,
    answers: {
      200: {
        description: 'The event that says so; or `dropped`: a hook dropped the recall, nothing has changed.',
        schema: z.union([z.object({ eventId, seq, timestamp }).meta({ id: 'RecalledMessage' }), dropped]),
      },
    },
    errors: [...changeErrors, 'insufficient_role', 'message_recalled', ...hookErrors],
    idempotent: true,
  }),
  deleteMessage: operation({
    ...inputless,
    id: 'deleteMessage',
    method: 'delete',
    path: '/conversations/{conversationId}/events/{eventId}',
    tag: 'Events',
    summary: "Delete the server's copy of a message",
    description:
      'From then on nobody finds it, and nobody who was away is given it. No event says so, no hook is asked, and clients that have it keep it. Users who are to hear of it need a recall.',
    callers: ['master'],
    parameters: ofMessage,
    query: z.object({
      userId: userId.optional().meta({
        description: 'Only this user finds it no more. The message must be for it by name, in `to`.',
      }),
    }),
    answers: { 204: { description: 'Deleted.' } },
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'event_not_found',
      'not_a_message',
      'idempotency_key_reused',
    ],
    idempotent: true,
  }),
} as const;
