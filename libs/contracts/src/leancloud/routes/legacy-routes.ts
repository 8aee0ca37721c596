import { z } from 'zod';
import { conversationId } from '../../identifiers.js';
import { flag, integer } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { kickReason, onlineCheck } from './client-routes.js';
import { messageId, pushData } from './message-routes.js';
import { clientId, queryTimestamp, route } from './route.js';

const rtm = '/1.1/rtm';
const timestamp = integer(0, Number.MAX_SAFE_INTEGER);
/** One client, or several. */
const peers = z
  .union([clientId.transform((id) => [id]), z.array(clientId)])
  .pipe(z.array(clientId).min(1).max(leanCloudLimits.clientsPerRequest));

const history = z.object({
  convid: conversationId,
  max_ts: queryTimestamp.optional(),
  msgid: messageId.optional(),
  limit: integer(1, leanCloudLimits.historyPerPage).default(leanCloudLimits.historyPerPageDefault),
  reversed: flag,
  peerid: clientId.optional(),
  nonce: z.string().optional(),
  signature_ts: z.string().optional(),
  signature: z.string().optional(),
});

/** The first version of LeanCloud's API, which its SDKs for servers still call. */
export const legacyRoutes = {
  sendLegacyMessage: route('post', `${rtm}/messages`, {
    area: 'sending',
    body: z.object({
      from_peer: clientId,
      conv_id: conversationId,
      message: z.string().min(1),
      to_peers: z.array(clientId).min(1).max(leanCloudLimits.recipientsPerMessage).optional(),
      // Otherwise than in the second version.
      transient: z.boolean().default(true),
      push_data: pushData.optional(),
      no_sync: z.boolean().optional(),
    }),
  }),
  listLegacyHistory: route('get', `${rtm}/messages/history`, { access: 'application', query: history }),
  // What it was called before.
  listLegacyLogs: route('get', `${rtm}/messages/logs`, {
    access: 'application',
    query: history.extend({ timestamp: queryTimestamp.optional() }),
  }),
  deleteLegacyMessage: route('delete', `${rtm}/messages/logs`, {
    area: 'changing',
    query: z.object({ convid: conversationId, msgid: messageId, timestamp }),
  }),
  updateLegacyMessage: route('put', `${rtm}/messages/logs`, {
    area: 'changing',
    body: z.object({
      'msg-id': messageId,
      'conv-id': conversationId,
      from: clientId,
      timestamp,
      data: z.string().min(1),
    }),
  }),
  patchLegacyMessage: route('post', `${rtm}/patch/message`, {
    area: 'changing',
    body: z
      .object({
        from_peer: clientId,
        conv_id: conversationId,
        msg_id: messageId.optional(),
        mid: messageId.optional(),
        timestamp,
        message: z.string().min(1).optional(),
        recall: z.boolean().default(false),
      })
      .refine((meant) => 'msg_id' in meant || 'mid' in meant, 'msg_id is required')
      .refine(({ message, recall }) => recall || message !== undefined, 'message or recall is required'),
  }),
  checkLegacyOnline: route('post', `${rtm}/online`, { body: z.object({ peers: onlineCheck }) }),
  countLegacyOnline: route('get', `${rtm}/transient_group/onlines`, {
    access: 'application',
    query: z.object({ gid: conversationId }),
  }),
  countAllLegacyUnread: route('get', `${rtm}/messages/unread/{clientId}`, {
    access: 'application',
    parameters: z.object({ clientId }),
  }),
  countLegacyUnread: route('get', `${rtm}/messages/unread/{clientId}/{conversationId}`, {
    access: 'application',
    parameters: z.object({ clientId, conversationId }),
  }),
  kickLegacy: route('post', `${rtm}/client/kick`, {
    body: z.object({ client_id: clientId, reason: kickReason }),
  }),
  silenceLegacy: route('post', `${rtm}/conversation/blacklist`, {
    body: z.object({
      conv_id: conversationId,
      peers,
      ttl: z.int().min(1).max(leanCloudLimits.temporarySilenceSeconds),
    }),
  }),
  liftLegacySilence: route('delete', `${rtm}/conversation/blacklist`, {
    body: z.object({ conv_id: conversationId, peers }),
  }),
} as const;
