import { z } from 'zod';
import { eventTypeFilter } from './event.js';
import { attachmentIds } from './files.js';
import { conversationId, eventId, idempotencyKey, seq } from './identifiers.js';
import { limits } from './limits.js';
import { customEventData, customEventName, expiresIn, mentions, messageContent } from './message-content.js';
import { nothingSaid, receiptFields, saysSomething } from './receipts.js';
import { presenceUsers } from './presence.js';

/* What commands of clients say; see `socketCommands`. */

export const sendMessageRequest = z.strictObject({
  conversationId,
  content: messageContent,
  mentions: mentions.optional(),
  attachments: attachmentIds.optional(),
  expiresIn: expiresIn.optional(),
  idempotencyKey: idempotencyKey.optional(),
});
export const sendCustomEventRequest = z.strictObject({
  conversationId,
  name: customEventName,
  data: customEventData,
  idempotencyKey: idempotencyKey.optional(),
});
export const listEventsRequest = z.strictObject({
  conversationId,
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(limits.pageSize).default(limits.defaultPageSize),
  order: z.enum(['ascending', 'descending']).default('descending'),
  types: z.array(eventTypeFilter).min(1).max(limits.eventTypesPerFilter).optional(),
});

export const sendReceiptRequest = z
  .strictObject({ conversationId, ...receiptFields })
  .refine(saysSomething, nothingSaid);
export const updateMessageRequest = z.strictObject({
  conversationId,
  eventId,
  content: messageContent,
  mentions: mentions.optional(),
  idempotencyKey: idempotencyKey.optional(),
});
export const sendEphemeralEventRequest = sendCustomEventRequest.omit({ idempotencyKey: true });
export const sendEphemeralMessageRequest = z.strictObject({ conversationId, content: messageContent });
export const typingRequest = z.strictObject({ conversationId });
export const recallMessageRequest = z.strictObject({
  conversationId,
  eventId,
  idempotencyKey: idempotencyKey.optional(),
});
export const presenceRequest = z.strictObject({ userIds: presenceUsers });
export const refreshSessionRequest = z.strictObject({ token: z.string().max(8_192) });

export const enterRoomRequest = z.strictObject({
  conversationId,
  afterSeq: seq.optional().meta({
    description: 'Delivers what is visible after it first; absent: live events only.',
  }),
});
export const leaveRoomRequest = z.strictObject({ conversationId });
