import { z } from 'zod';
import { conversation, createConversation, getConversation, newConversation } from '../conversations.js';
import { userId } from '../identifiers.js';
import { cursor, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';

/** Conversations themselves. */
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
} as const;
