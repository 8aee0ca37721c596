import { z } from 'zod';
import { conversationId, eventId, userId } from '../identifiers.js';
import {
  eventReceipts,
  memberReceipt,
  nothingSaid,
  receiptFields,
  saysSomething,
  watermarks,
} from '../receipts.js';
import { cursor, inputless, limit, nextCursor, ofConversation, operation } from './describe.js';

/** How far members have got: what has reached them, what they have read. */
export const receiptOperations = {
  sendReceipt: operation({
    ...inputless,
    id: 'sendReceipt',
    method: 'post',
    path: '/conversations/{conversationId}/receipts',
    tag: 'Receipts',
    summary: 'Acknowledge what has been delivered and read',
    description:
      'Watermarks move forward only: what is known already changes nothing, so that this is safe to repeat. What was read was delivered.',
    callers: ['user', 'master'],
    parameters: ofConversation,
    body: z
      .strictObject({
        userId: userId
          .optional()
          .meta({ description: 'Required with the master key, not allowed with a user token.' }),
        ...receiptFields,
      })
      .refine(saysSomething, nothingSaid),
    answers: { 200: { description: 'Where the member stands now.', schema: watermarks } },
    errors: [
      'conversation_not_found',
      'not_a_member',
      'receipt_beyond_end',
      'receipts_not_kept',
      'overloaded',
    ],
    idempotent: false,
  }),
  listReceipts: operation({
    ...inputless,
    id: 'listReceipts',
    method: 'get',
    path: '/conversations/{conversationId}/receipts',
    tag: 'Receipts',
    summary: 'List how far each member has got',
    callers: ['user', 'master'],
    parameters: ofConversation,
    query: z.object({ cursor, limit }),
    answers: {
      200: { description: 'A page.', schema: z.object({ receipts: z.array(memberReceipt), nextCursor }) },
    },
    errors: [
      'conversation_not_found',
      'not_a_member',
      'insufficient_role',
      'receipts_not_kept',
      'invalid_cursor',
    ],
    idempotent: false,
  }),
  getEventReceipts: operation({
    ...inputless,
    id: 'getEventReceipts',
    method: 'get',
    path: '/conversations/{conversationId}/events/{eventId}/receipts',
    tag: 'Receipts',
    summary: 'Whom an event has reached, and who has read it',
    description:
      'Of the members who were in when it was stored and may see it, without its sender. Of an event that a hook addressed to some members alone, those see nobody but themselves here; its sender sees all of them.',
    callers: ['user', 'master'],
    parameters: z.object({ conversationId, eventId }),
    answers: { 200: { description: 'By user id.', schema: eventReceipts } },
    errors: [
      'conversation_not_found',
      'not_a_member',
      'insufficient_role',
      'event_not_found',
      'receipts_not_kept',
    ],
    idempotent: false,
  }),
} as const;
