import { z } from 'zod';
import { applicationWithKeys, newApplication, newToken, newUser, token, user } from '../applications.js';
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
import { hook, hookWithSecret, newHook } from '../hooks.js';
import { conversationId, eventId, seq, timestamp, userId } from '../identifiers.js';
import { jsonValue } from '../json-value.js';
import { limits } from '../limits.js';
import { pushNotification } from '../push.js';
import { newWebhook, webhook, webhookWithSecret } from '../webhooks.js';
import type { CallerKind, Operation } from './operation.js';

const none = z.object({});
const cursor = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(limits.pageSize)
  .default(limits.defaultPageSize)
  .meta({ description: 'Items per page.' });
const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Cursor of the next page; null when there is none.' });

const ofUser = z.object({ userId });
const ofConversation = z.object({ conversationId });
const senderId = userId
  .optional()
  .meta({
    description: 'Required with the master key, which speaks for this user; not allowed with a user token.',
  });

const stored = z
  .object({ eventId, seq, timestamp, modified: modification.nullable() })
  .meta({
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
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];

function operation<
  Parameters extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Callers extends CallerKind,
>(definition: Operation<Parameters, Query, Body, Callers>): Operation<Parameters, Query, Body, Callers> {
  return definition;
}

const inputless = { parameters: none, query: none, body: z.undefined() };

export const operations = {
  createApplication: operation({
    ...inputless,
    id: 'createApplication',
    method: 'post',
    path: '/applications',
    tag: 'Applications',
    summary: 'Create an application (a tenant) and its keys',
    description:
      'The keys are shown in this answer only; repeat the request with the same Idempotency-Key if it was lost.',
    callers: ['installation'],
    body: newApplication,
    answers: { 201: { description: 'Created.', schema: applicationWithKeys } },
    errors: ['application_exists', 'idempotency_key_reused'],
    idempotent: true,
  }),
  createUser: operation({
    ...inputless,
    id: 'createUser',
    method: 'post',
    path: '/users',
    tag: 'Users',
    summary: 'Create a user',
    callers: ['master'],
    body: newUser,
    answers: { 201: { description: 'Created.', schema: user } },
    errors: ['user_exists', 'idempotency_key_reused'],
    idempotent: true,
  }),
  getUser: operation({
    ...inputless,
    id: 'getUser',
    method: 'get',
    path: '/users/{userId}',
    tag: 'Users',
    summary: 'Read a user',
    callers: ['master'],
    parameters: ofUser,
    answers: { 200: { description: 'The user.', schema: user } },
    errors: ['user_not_found'],
    idempotent: false,
  }),
  createToken: operation({
    ...inputless,
    id: 'createToken',
    method: 'post',
    path: '/users/{userId}/tokens',
    tag: 'Users',
    summary: 'Mint a token with which a client speaks as this user',
    description:
      'A JWT (HS256). Nothing is stored, so that there is nothing to repeat: every call mints another token.',
    callers: ['master'],
    parameters: ofUser,
    body: newToken,
    answers: { 201: { description: 'Minted.', schema: token } },
    errors: ['user_not_found'],
    idempotent: false,
  }),
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
  createHook: operation({
    ...inputless,
    id: 'createHook',
    method: 'post',
    path: '/hooks',
    tag: 'Hooks',
    summary: 'Register a hook; it is effective when this is answered',
    callers: ['master'],
    body: newHook,
    answers: { 201: { description: 'Registered.', schema: hookWithSecret } },
    errors: ['address_not_allowed', 'too_many_hooks', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listHooks: operation({
    ...inputless,
    id: 'listHooks',
    method: 'get',
    path: '/hooks',
    tag: 'Hooks',
    summary: 'List the hooks in the order in which they run',
    callers: ['master'],
    answers: { 200: { description: 'All hooks.', schema: z.object({ hooks: z.array(hook) }) } },
    errors: [],
    idempotent: false,
  }),
  deleteHook: operation({
    ...inputless,
    id: 'deleteHook',
    method: 'delete',
    path: '/hooks/{hookId}',
    tag: 'Hooks',
    summary: 'Remove a hook',
    callers: ['master'],
    parameters: z.object({ hookId: z.uuid() }),
    answers: { 204: { description: 'Removed.' } },
    errors: ['hook_not_found'],
    idempotent: false,
  }),
  createWebhook: operation({
    ...inputless,
    id: 'createWebhook',
    method: 'post',
    path: '/webhooks',
    tag: 'Webhooks',
    summary: 'Register a webhook; it gets every event that is stored after this is answered',
    callers: ['master'],
    body: newWebhook,
    answers: { 201: { description: 'Registered.', schema: webhookWithSecret } },
    errors: ['address_not_allowed', 'too_many_webhooks', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listWebhooks: operation({
    ...inputless,
    id: 'listWebhooks',
    method: 'get',
    path: '/webhooks',
    tag: 'Webhooks',
    summary: 'List the webhooks',
    callers: ['master'],
    answers: { 200: { description: 'All webhooks.', schema: z.object({ webhooks: z.array(webhook) }) } },
    errors: [],
    idempotent: false,
  }),
  deleteWebhook: operation({
    ...inputless,
    id: 'deleteWebhook',
    method: 'delete',
    path: '/webhooks/{webhookId}',
    tag: 'Webhooks',
    summary: 'Remove a webhook with what it has not got yet',
    callers: ['master'],
    parameters: z.object({ webhookId: z.uuid() }),
    answers: { 204: { description: 'Removed.' } },
    errors: ['webhook_not_found'],
    idempotent: false,
  }),
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
