import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { eventTypeFilter, timelineEvent } from './event.js';
import { applicationId, conversationId, eventId } from './identifiers.js';

export const listEvents = call(
  'conversation.events.list',
  z.object({
    applicationId,
    conversationId,
    actor,
    cursor: z.string().nullable(),
    limit: z.int(),
    order: z.enum(['ascending', 'descending']),
    /** Null: all. */
    types: z.array(eventTypeFilter).min(1).nullable(),
  }),
  z.object({ events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
);
export const getEvent = call(
  'conversation.events.get',
  z.object({ applicationId, conversationId, actor, eventId }),
  timelineEvent,
);
