import { z } from 'zod';
import { pushPayload } from '../../hooks/answers.js';
import { flag, integer } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { pushPayloadOf } from '../push-payload.js';
import { clientId, collections, ofConversation, queryTimestamp, route } from './route.js';

const [conversations, chatrooms] = collections;
const shared = [conversations, chatrooms] as const;
const messages = '/1.2/rtm/{collection}/{conversationId}/messages';

export const messageId = z.string().min(1).max(64);
const ofMessage = ofConversation.extend({ messageId });

/** What is pushed: an object, or that as text, or the line that is shown. */
export const pushData = z.union([pushPayload, z.string().transform(pushPayloadOf).pipe(pushPayload)]);

export const newMessage = {
  from_client: clientId,
  message: z.string().min(1),
  transient: z.boolean().default(false),
  push_data: pushData.optional(),
  // Checked, and without effect: everybody has one timeline, and nothing waits for anything.
  no_sync: z.boolean().optional(),
  priority: z.enum(['high', 'normal', 'low']).optional(),
};

/** Which message is meant: its sender and time are compared. */
const meantMessage = { from_client: clientId, timestamp: integer(0, Number.MAX_SAFE_INTEGER) };
const messageEdit = z.object({ ...meantMessage, message: z.string().min(1) });

/** The bounds of a history. */
export const historyQuery = z.object({
  msgid: messageId.optional(),
  timestamp: queryTimestamp.optional(),
  till_msgid: messageId.optional(),
  till_timestamp: queryTimestamp.optional(),
  include_start: flag,
  include_stop: flag,
  reversed: flag,
  limit: integer(1, leanCloudLimits.historyPerPage).default(leanCloudLimits.historyPerPageDefault),
  // Shown by whoever has no master key.
  client_id: clientId.optional(),
  nonce: z.string().optional(),
  signature_ts: z.string().optional(),
  signature: z.string().optional(),
});

/** What is said in conversations and rooms. */
export const messageRoutes = {
  sendMessage: route('post', messages, {
    collections: shared,
    area: 'sending',
    parameters: ofConversation,
    body: z.object({
      ...newMessage,
      mention_all: z.boolean().default(false),
      mention_client_ids: z.array(clientId).max(leanCloudLimits.mentionsPerMessage).default([]),
    }),
  }),
  listMessages: route('get', messages, {
    collections,
    access: 'application',
    parameters: ofConversation,
    query: historyQuery,
  }),
  updateMessage: route('put', `${messages}/{messageId}`, {
    collections,
    area: 'changing',
    parameters: ofMessage,
    body: messageEdit,
  }),
  deleteMessage: route('delete', `${messages}/{messageId}`, {
    collections: shared,
    area: 'changing',
    parameters: ofMessage,
    query: z.object(meantMessage),
  }),
  recallMessage: route('put', `${messages}/{messageId}/recall`, {
    collections,
    area: 'changing',
    parameters: ofMessage,
    body: z.object(meantMessage),
  }),
} as const;
