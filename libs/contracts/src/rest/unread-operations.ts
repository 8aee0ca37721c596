import { z } from 'zod';
import { userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { clearedUnread, unreadCount, unreadTotal } from '../unread.js';
import { cursor, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';

const named = userId
  .optional()
  .meta({ description: 'Required with the master key, not allowed with a user token.' });

/** What members have not read. */
export const unreadOperations = {
  getUnread: operation({
    ...inputless,
    id: 'getUnread',
    method: 'get',
    path: '/conversations/{conversationId}/unread',
    tag: 'Receipts',
    summary: 'Count what a member has not read',
    description: `Messages of others that the member may see, after its read watermark, among the ${String(limits.unreadEvents)} newest events.`,
    callers: ['user', 'master'],
    parameters: ofConversation,
    query: z.object({ userId: named }),
    answers: { 200: { description: 'As it stands.', schema: unreadCount } },
    errors: ['conversation_not_found', 'not_a_member', 'receipts_not_kept'],
    idempotent: false,
  }),
  listUnread: operation({
    ...inputless,
    id: 'listUnread',
    method: 'get',
    path: '/unread',
    tag: 'Receipts',
    summary: 'List the conversations in which a user has something unread',
    description:
      'In no particular order. A page may hold fewer than asked for, or none, and yet not be the last.',
    callers: ['user', 'master'],
    query: z.object({ cursor, limit, userId: named }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ conversations: z.array(unreadCount), nextCursor }),
      },
    },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
  getUnreadTotal: operation({
    ...inputless,
    id: 'getUnreadTotal',
    method: 'get',
    path: '/unread/total',
    tag: 'Receipts',
    summary: 'Count what a user has not read, over all conversations',
    callers: ['user', 'master'],
    query: z.object({ userId: named }),
    answers: { 200: { description: 'As it stands.', schema: unreadTotal } },
    errors: [],
    idempotent: false,
  }),
  clearUnread: operation({
    ...inputless,
    id: 'clearUnread',
    method: 'post',
    path: '/unread/clear',
    tag: 'Receipts',
    summary: 'Acknowledge everything as read, in all conversations',
    description: 'What is stored meanwhile may stay unread. Safe to repeat.',
    callers: ['user', 'master'],
    body: z.strictObject({ userId: named }),
    answers: { 200: { description: 'Acknowledged.', schema: clearedUnread } },
    errors: ['overloaded'],
    idempotent: false,
  }),
} as const;
