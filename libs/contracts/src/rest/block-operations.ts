import { z } from 'zod';
import { conversationBlock, listConversationBlocks, listUserBlocks, userBlock } from '../blocks.js';
import { conversationId, userId } from '../identifiers.js';
import { restrictionSeconds } from '../members.js';
import { cursor, hookErrors, inputless, limit, ofConversation, operation } from './describe.js';

const blockedUserId = userId;
const ofUser = z.object({ userId });
const ofBlock = z.object({ userId, blockedUserId });
const page = z.object({ cursor, limit });
const ofManagers = ['conversation_not_found', 'not_a_member', 'insufficient_role'] as const;

/** Who wants nothing to do with whom. */
export const blockOperations = {
  blockInConversation: operation({
    ...inputless,
    id: 'blockInConversation',
    method: 'post',
    path: '/conversations/{conversationId}/blocks',
    tag: 'Blocks',
    summary: 'Remove a user, who cannot come back until unblocked',
    description:
      'For managers and owners, over whoever has a lower role or is not in. Blocking again sets the end anew. In rooms, for servers. The `conversationRemove` hooks are asked first when a member is put out by it.',
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: z.strictObject({ userId, seconds: restrictionSeconds }),
    answers: { 201: { description: 'Blocked.', schema: conversationBlock } },
    errors: [
      ...ofManagers,
      'conversation_inactive',
      'wrong_conversation_kind',
      'user_not_found',
      'idempotency_key_reused',
      ...hookErrors,
    ],
    idempotent: true,
  }),
  unblockInConversation: operation({
    ...inputless,
    id: 'unblockInConversation',
    method: 'delete',
    path: '/conversations/{conversationId}/blocks/{userId}',
    tag: 'Blocks',
    summary: 'Let a user come again',
    callers: ['user', 'master'],
    parameters: z.object({ conversationId, userId }),
    answers: { 204: { description: 'Unblocked, or not blocked.' } },
    errors: [...ofManagers, 'conversation_inactive', 'wrong_conversation_kind', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listConversationBlocks: operation({
    ...inputless,
    id: 'listConversationBlocks',
    method: 'get',
    path: '/conversations/{conversationId}/blocks',
    tag: 'Blocks',
    summary: 'List who is blocked in a conversation, in the order of the user ids',
    callers: ['user', 'master'],
    parameters: ofConversation,
    query: page,
    answers: { 200: { description: 'A page.', schema: listConversationBlocks.answer } },
    errors: [...ofManagers, 'invalid_cursor'],
    idempotent: false,
  }),
  blockUser: operation({
    ...inputless,
    id: 'blockUser',
    method: 'put',
    path: '/users/{userId}/blocks/{blockedUserId}',
    tag: 'Blocks',
    summary: 'Want nothing to do with another user',
    description:
      'The blocked user can neither invite nor add this one, nor begin a conversation with it, nor send where only the two are in.',
    callers: ['user', 'master'],
    parameters: ofBlock,
    answers: { 200: { description: 'Blocked.', schema: userBlock } },
    errors: ['user_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
  unblockUser: operation({
    ...inputless,
    id: 'unblockUser',
    method: 'delete',
    path: '/users/{userId}/blocks/{blockedUserId}',
    tag: 'Blocks',
    summary: 'Have to do with another user again',
    callers: ['user', 'master'],
    parameters: ofBlock,
    answers: { 204: { description: 'Unblocked, or not blocked.' } },
    errors: ['idempotency_key_reused'],
    idempotent: true,
  }),
  getUserBlock: operation({
    ...inputless,
    id: 'getUserBlock',
    method: 'get',
    path: '/users/{userId}/blocks/{blockedUserId}',
    tag: 'Blocks',
    summary: 'Find out whether a user blocks another one',
    callers: ['user', 'master'],
    parameters: ofBlock,
    answers: { 200: { description: 'It does.', schema: userBlock } },
    errors: ['block_not_found'],
    idempotent: false,
  }),
  listUserBlocks: operation({
    ...inputless,
    id: 'listUserBlocks',
    method: 'get',
    path: '/users/{userId}/blocks',
    tag: 'Blocks',
    summary: 'List whom a user blocks, in the order of the user ids',
    callers: ['user', 'master'],
    parameters: ofUser,
    query: page,
    answers: { 200: { description: 'A page.', schema: listUserBlocks.answer } },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
} as const;
