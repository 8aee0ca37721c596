import { z } from 'zod';
import { conversationId } from '../../identifiers.js';
import { limits } from '../../limits.js';
import { integer } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { historyQuery, messageId, newMessage, pushData } from './message-routes.js';
import { clientId, ofConversation, route } from './route.js';

const one = '/1.2/rtm/service-conversations/{conversationId}';
const validTill = integer(0, Number.MAX_SAFE_INTEGER).optional();
const listed = {
  limit: integer(1, limits.pageSize).default(limits.pageSize),
  skip: integer(0, 1_000).default(0),
};

/** By the first version of the API. */
const legacyMessage = { from_peer: clientId, conv_id: conversationId, message: z.string().min(1) };

/** What services say: to some, to their subscribers, to everybody. */
export const serviceMessageRoutes = {
  sendDirectMessage: route('post', `${one}/messages`, {
    area: 'sending',
    parameters: ofConversation,
    body: z.object({
      ...newMessage,
      to_clients: z.array(clientId).min(1).max(leanCloudLimits.recipientsPerMessage),
    }),
  }),
  listDirectMessages: route('get', `${one}/subscribers/{clientId}/messages`, {
    parameters: ofConversation.extend({ clientId }),
    query: historyQuery,
  }),
  announce: route('post', `${one}/broadcasts`, {
    area: 'sending',
    parameters: ofConversation,
    body: z.object({ from_client: clientId, message: z.string().min(1), push: pushData.optional() }),
  }),

  sendBroadcast: route('post', '/1.2/rtm/broadcasts', {
    area: 'sending',
    body: z.object({
      from_client: clientId,
      conv_id: conversationId,
      message: z.string().min(1),
      valid_till: validTill,
      push: pushData.optional(),
      transient: z.boolean().default(false),
    }),
  }),
  listBroadcasts: route('get', '/1.2/rtm/broadcasts', {
    query: z.object({ ...listed, conv_id: conversationId.optional() }),
  }),
  deleteBroadcast: route('delete', '/1.2/rtm/broadcasts/{messageId}', {
    area: 'changing',
    parameters: z.object({ messageId }),
  }),

  announceLegacy: route('post', '/1.1/rtm/broadcast/subscriber', {
    area: 'sending',
    body: z.object({ ...legacyMessage, push: pushData.optional() }),
  }),
  sendLegacyBroadcast: route('post', '/1.1/rtm/broadcast', {
    area: 'sending',
    body: z.object({ ...legacyMessage, valid_till: validTill, push: pushData.optional() }),
  }),
  listLegacyBroadcasts: route('get', '/1.1/rtm/broadcast', {
    query: z.object({ ...listed, conv_id: conversationId.optional() }),
  }),
  deleteLegacyBroadcast: route('delete', '/1.1/rtm/broadcast', {
    area: 'changing',
    query: z.object({ mid: messageId }),
  }),
} as const;
