import { z } from 'zod';
import { limits } from '../limits.js';
import { customEventData, customEventName } from '../message-content.js';
import { hookErrors, inputless, ofConversation, operation } from './describe.js';
import { dropped, senderId, to } from './event-operations.js';

/** What is stored nowhere. */
export const ephemeralOperations = {
  sendEphemeralEvent: operation({
    ...inputless,
    id: 'sendEphemeralEvent',
    method: 'post',
    path: '/conversations/{conversationId}/ephemeral-events',
    tag: 'Events',
    summary: 'Tell something to the members who are connected',
    description: `At most ${String(limits.customEventDataBytes)} bytes of data. Sockets get it as \`ephemeral_event\`. It is stored nowhere, and whoever misses it has missed it.`,
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: z.strictObject({ name: customEventName, data: customEventData, senderId, to }),
    answers: {
      204: { description: 'Told.' },
      200: { description: 'A hook dropped it: nobody hears it.', schema: dropped },
    },
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'not_a_member',
      'member_silenced',
      'sender_blocked',
      'user_blocked',
      'wrong_conversation_kind',
      'user_not_found',
      'custom_event_data_too_large',
      ...hookErrors,
    ],
    idempotent: false,
  }),
} as const;
