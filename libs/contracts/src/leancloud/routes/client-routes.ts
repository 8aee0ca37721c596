import { z } from 'zod';
import { printableText } from '../../identifiers.js';
import { conversationId } from '../../identifiers.js';
import { leanCloudLimits } from '../limits.js';
import { clientId, route } from './route.js';

const ofClient = z.object({ clientId });
const one = '/1.2/rtm/clients/{clientId}';

export const kickReason = printableText(leanCloudLimits.kickReasonLength).optional();
export const onlineCheck = z.array(clientId).min(1).max(leanCloudLimits.clientsPerOnlineCheck);

/** Who is connected, and what waits for them. */
export const clientRoutes = {
  checkOnline: route('post', '/1.2/rtm/clients/check-online', {
    body: z.object({ client_ids: onlineCheck }),
  }),
  countUnread: route('get', `${one}/unread-count`, {
    access: 'application',
    parameters: ofClient,
    query: z.object({ conv_id: conversationId.optional() }),
  }),
  kick: route('post', `${one}/kick`, {
    parameters: ofClient,
    body: z.object({ reason: kickReason }),
  }),
  sign: route('get', '/1.2/rtm/clients/sign', {
    access: 'application',
    query: z.object({ session_token: z.string().min(1).max(4_096) }),
  }),
} as const;
