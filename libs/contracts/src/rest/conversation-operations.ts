import { z } from 'zod';
import {
  conversation,
  conversationKind,
  conversationOrder,
  conversationPatch,
  getConversation,
  newConversation,
  updatedConversation,
} from '../conversations.js';
import { userId } from '../identifiers.js';
import { attributeEqualities } from '../json-value.js';
import { limits } from '../limits.js';
import { cursor, hookErrors, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';

/** The attributes of a filter, as the text of a JSON object. */
const attributesFilter = z
  .string()
  .max(
    limits.attributesPerFilter * (limits.indexedAttributeNameBytes + limits.indexedAttributeValueBytes) * 2,
  )
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(attributeEqualities)
  .optional()
  .meta({
    description:
      'A JSON object: only conversations whose attributes of the top level have all of these values, which are texts, numbers or booleans.',
    example: '{"topic":"cats"}',
  });

/** Conversations themselves. */
export const conversationOperations = {
  createConversation: operation({
    ...inputless,
    id: 'createConversation',
    method: 'post',
    path: '/conversations',
    tag: 'Conversations',
    summary: 'Create a conversation with its members, or find the unique one',
    description:
      'A user who creates one becomes its owner and a member; a server may name an `ownerId`. With `uniqueKey` or `unique` the living conversation with the same key, or of the same kind with the same first members, is answered with 200 as it is; a user who is not in it gets `not_a_member`. A room has no members from the start, and its creator is its owner. A temporary conversation does not exist any more when `expiresIn` seconds are over. A service (`system`) is created with the master key alone (`forbidden`), without members and owner. The `conversationStart` hooks are asked before one is created.',
    callers: ['user', 'master'],
    body: newConversation,
    answers: {
      200: { description: 'The unique one that there was already.', schema: conversation },
      201: { description: 'Created.', schema: conversation },
    },
    errors: [
      'conversation_exists',
      'conversation_not_found',
      'not_a_member',
      'sender_blocked',
      'user_not_found',
      'too_many_members',
      'idempotency_key_reused',
      ...hookErrors,
    ],
    idempotent: true,
  }),
  listConversations: operation({
    ...inputless,
    id: 'listConversations',
    method: 'get',
    path: '/conversations',
    tag: 'Conversations',
    summary: 'List the conversations that a user is in, or those of the application',
    description:
      'A page may hold fewer than `limit`, or none, while `nextCursor` says that there are more. `order` is that of creation, or `active`: newest event first, of the 1,000 conversations of a user that were created last; what gets an event meanwhile moves to the front of such a list.',
    callers: ['user', 'master'],
    query: z.object({
      cursor,
      limit,
      userId: userId.optional().meta({
        description:
          "With the master key: whose conversations; without it those of the whole application. With a user token: the token's user, named or not.",
      }),
      kind: conversationKind.optional(),
      attributes: attributesFilter,
      order: conversationOrder
        .default('oldest')
        .meta({ description: '`active` is for the conversations of a user.' }),
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
  updateConversation: operation({
    ...inputless,
    id: 'updateConversation',
    method: 'patch',
    path: '/conversations/{conversationId}',
    tag: 'Conversations',
    summary: 'Change a conversation',
    description:
      'For managers and owners; `state` for owners. What changes is said by one `conversation.updated` event; when nothing does, there is none. An inactive conversation takes no other change than to be activated. The `conversationUpdate` hooks are asked first, and may set something else instead.',
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: conversationPatch,
    answers: { 200: { description: 'The conversation as it is now.', schema: updatedConversation } },
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'not_a_member',
      'insufficient_role',
      'idempotency_key_reused',
      ...hookErrors,
    ],
    idempotent: true,
  }),
  deleteConversation: operation({
    ...inputless,
    id: 'deleteConversation',
    method: 'delete',
    path: '/conversations/{conversationId}',
    tag: 'Conversations',
    summary: 'Delete a conversation with everything in it',
    description: 'For owners. Its id is never given again.',
    callers: ['user', 'master'],
    parameters: ofConversation,
    answers: { 204: { description: 'Deleted.' } },
    errors: ['conversation_not_found', 'not_a_member', 'insufficient_role', 'idempotency_key_reused'],
    idempotent: true,
  }),
} as const;
