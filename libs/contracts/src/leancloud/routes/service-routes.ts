import { z } from 'zod';
import { conversationId } from '../../identifiers.js';
import { integer } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { messageId } from './message-routes.js';
import { clientId, ofConversation, route } from './route.js';

const one = '/1.2/rtm/service-conversations/{conversationId}';
const ofSubscriber = ofConversation.extend({ clientId });
const subscriber = z.object({ client_id: clientId });
const page = {
  limit: integer(1, leanCloudLimits.subscribersPerPage).default(leanCloudLimits.subscribersPerPage),
  /** Those after this one, in the order of their ids. */
  client_id: clientId.optional(),
};

/** From which subscription on, by the time of subscribing, which two services may share. */
const subscriptionsPage = {
  conv_id: conversationId.optional(),
  timestamp: integer(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: integer(1, leanCloudLimits.subscribersPerPage).default(leanCloudLimits.subscribersPerPage),
  direction: z.enum(['old', 'new']).default('old'),
};

/** Who is subscribed to services. */
export const serviceRoutes = {
  subscribe: route('post', `${one}/subscribers`, { parameters: ofConversation, body: subscriber }),
  unsubscribe: route('delete', `${one}/subscribers/{clientId}`, { parameters: ofSubscriber }),
  listSubscribers: route('get', `${one}/subscribers`, {
    parameters: ofConversation,
    query: z.object(page),
  }),
  countSubscribers: route('get', `${one}/subscribers/count`, { parameters: ofConversation }),
  deleteMessageOfSubscriber: route('delete', `${one}/subscribers/{clientId}/messages/{messageId}`, {
    area: 'changing',
    parameters: ofSubscriber.extend({ messageId }),
  }),
  listSubscriptions: route('get', '/1.2/rtm/clients/{clientId}/service-conversations', {
    parameters: z.object({ clientId }),
    query: z.object(subscriptionsPage),
  }),

  subscribeLegacy: route('post', '/1.1/rtm/conversation/subscription', {
    body: subscriber.extend({ conv_id: conversationId }),
  }),
  unsubscribeLegacy: route('delete', '/1.1/rtm/conversation/subscription', {
    body: subscriber.extend({ conv_id: conversationId }),
  }),
  listLegacySubscribers: route('get', '/1.1/rtm/conversation/subscribers', {
    query: z.object({ ...page, conv_id: conversationId }),
  }),
  listLegacySubscriptions: route('get', '/1.1/rtm/conversation/subscribed', {
    query: z.object({ ...subscriptionsPage, client_id: clientId }),
  }),
} as const;
