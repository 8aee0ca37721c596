import { z } from 'zod';
import {
  conversation,
  createConversation,
  getConversation,
  member,
  newConversation,
  newMember,
} from '../conversation.js';
import type { ErrorCode } from '../errors.js';
import { customEventName, messageContent, modification, timelineEvent } from '../event.js';
import { conversationId, eventId, seq, timestamp, userId } from '../identifiers.js';
import { jsonValue } from '../json-value.js';
import { limits } from '../limits.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

const ofConversation = z.object({ conversationId });
const senderId = userId.optional().meta({
  description: 'Required with the master key, which speaks for this user; not allowed with a user token.',
});

const stored = z.object({ eventId, seq, timestamp, modified: modification.nullable() }).meta({
  id: 'StoredEvent',
  description: '`modified` says how hooks have changed the event; null: not at all.',
});
const dropped = z.object({ dropped: z.literal(true) }).meta({ id: 'DroppedEvent' });
const sendAnswers = {
  201: { description: 'Stored.', schema: stored },
  200: { description: 'A hook dropped it: nobody sees anything.', schema: dropped },
};
const sendErrors = [
  'conversation_not_found',
  'conversation_inactive',
  'not_a_member',
  'member_silenced',
  'user_not_found',
  'rejected_by_hook',
  'hook_failed',
  'hook_engine_unavailable',
  'overloaded',
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];

/** Conversations, their members and their events. */
export const conversationOperations = {
  createConversation: operation({
    ...inputless,
    id: 'createConversation',
    method: 'post',
    path: '/conversations',
    tag: 'Conversations',
    summary: 'Create a group with its members',
    callers: ['master'],
    body: newConversation,
    answers: { 201: { description: 'Created.', schema: createConversation.answer } },
    errors: ['conversation_exists', 'user_not_found', 'too_many_members', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listConversations: operation({
    ...inputless,
    id: 'listConversations',
    method: 'get',
    path: '/conversations',
    tag: 'Conversations',
    summary: 'List the conversations that a user is in',
    callers: ['user', 'master'],
    query: z.object({
      cursor,
      limit,
      userId: userId
        .optional()
        .meta({ description: 'Required with the master key, not allowed with a user token.' }),
    }),
    answers: {
      200: { description: 'A page.', schema: z.object({ conversations: z.array(conversation), nextCursor }) },
    },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
  getConversation: operation({
    ...inputless,
    id: 'getConversation',
    method: 'get',
    path: '/conversations/{conversationId}',
    tag: 'Conversations',
    summary: 'Read a conversation with its members',
    callers: ['user', 'master'],
    parameters: ofConversation,
    answers: { 200: { description: 'The conversation.', schema: getConversation.answer } },
    errors: ['conversation_not_found', 'not_a_member'],
    idempotent: false,
  }),
  addMembers: operation({
    ...inputless,
    id: 'addMembers',
    method: 'post',
    path: '/conversations/{conversationId}/members',
    tag: 'Conversations',
    summary: 'Add members; they join by one event of the timeline',
    callers: ['master'],
    parameters: ofConversation,
    body: z.strictObject({ members: z.array(newMember).min(1).max(limits.membersPerGroup) }),
    answers: { 201: { description: 'All members now.', schema: z.object({ members: z.array(member) }) } },
    errors: [
      'conversation_not_found',
      'user_not_found',
      'member_exists',
      'too_many_members',
      'idempotency_key_reused',
    ],
    idempotent: true,
  }),
  removeMember: operation({
    ...inputless,
    id: 'removeMember',
    method: 'delete',
    path: '/conversations/{conversationId}/members/{userId}',
    tag: 'Conversations',
    summary: 'Remove a member',
    callers: ['master'],
    parameters: z.object({ conversationId, userId }),
    answers: { 204: { description: 'Removed.' } },
    errors: ['conversation_not_found', 'member_not_found'],
    idempotent: false,
  }),
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
    body: z.strictObject({ content: messageContent, senderId }),
    answers: sendAnswers,
    errors: [...sendErrors, 'message_too_large'],
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
    body: z.strictObject({ name: customEventName, data: jsonValue, senderId }),
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
    query: z.object({ cursor, limit, order: z.enum(['ascending', 'descending']).default('descending') }),
    answers: {
      200: { description: 'A page.', schema: z.object({ events: z.array(timelineEvent), nextCursor }) },
    },
    errors: ['conversation_not_found', 'not_a_member', 'invalid_cursor'],
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
