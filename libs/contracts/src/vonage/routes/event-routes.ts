import { z } from 'zod';
import { storableText } from '../../identifiers.js';
import { flag, integer } from '../../text-values.js';
import { memberId } from '../ids.js';
import { ofConversation, optional, page, route } from './route.js';

const eventNumber = integer(1, Number.MAX_SAFE_INTEGER);
const ofEvent = ofConversation.extend({ eventNumber });

export const eventRoutes = {
  sendEvent: route('post', '/conversations/{conversationId}/events', {
    parameters: ofConversation,
    body: z.object({
      type: z.string().min(1),
      from: optional(memberId),
      to: z.null('is not served: all members hear what is said').optional(),
      body: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  listEvents: route('get', '/conversations/{conversationId}/events', {
    parameters: ofConversation,
    query: z.object({
      ...page,
      start_id: integer(0, Number.MAX_SAFE_INTEGER).optional(),
      end_id: integer(0, Number.MAX_SAFE_INTEGER).optional(),
      event_type: storableText(200).optional(),
      exclude_deleted_events: flag,
    }),
  }),
  getEvent: route('get', '/conversations/{conversationId}/events/{eventNumber}', { parameters: ofEvent }),
  deleteEvent: route('delete', '/conversations/{conversationId}/events/{eventNumber}', {
    parameters: ofEvent,
    query: z.object({ from: memberId.optional() }),
  }),
} as const;
