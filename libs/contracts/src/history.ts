import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { eventTypeFilter, timelineEvent } from './event.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { liveEvent } from './sessions.js';

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
    /** Of a server: what this user may see. Absent: everything. */
    viewer: userId.optional(),
    /** Of a server, in a service: what users have said to it alone. */
    inbox: z.boolean().optional(),
  }),
  z.object({ events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
);
/** Where a stretch of a history begins or ends: at an event, or at all events of one millisecond. */
const historyBound = z.object({
  /** One that the conversation does not have counts for nothing: then the timestamp decides, if there is one. */
  eventId: eventId.nullable(),
  timestamp: timestamp.nullable(),
  /** What lies at the bound is part of it. */
  inclusive: z.boolean(),
});
export type HistoryBound = z.infer<typeof historyBound>;

/**
 * Events between two bounds, from `start` on in that order. For servers, which may look with the eyes of a user (`viewer`),
 * member or not.
 */
export const eventsBetween = call(
  'conversation.events.between',
  z.object({
    applicationId,
    conversationId,
    /** Null: everything. */
    viewer: userId.nullable(),
    /** In a service: what users have said to it alone. */
    inbox: z.boolean().optional(),
    /** What this user has sent; absent: whoever did. */
    senderId: userId.optional(),
    /** Null: all. */
    types: z.array(eventTypeFilter).min(1).nullable(),
    order: z.enum(['ascending', 'descending']),
    limit: z.int().min(1).max(200),
    /** Null: the timeline's beginning, or its end in descending order; of `stop` the other way round. */
    start: historyBound.nullable(),
    stop: historyBound.nullable(),
    cursor: z.string().nullable(),
  }),
  // A page may be shorter than `limit`, or empty, and not the last.
  z.object({ events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
);
export const getEvent = call(
  'conversation.events.get',
  z.object({ applicationId, conversationId, actor, eventId }),
  timelineEvent,
);

/**
 * Events by their places in the timeline, with what other protocols show of them besides: by which stay the sender was in, and
 * the text of a custom event's data.
 */
export const listStoredEvents = call(
  'conversation.events.stored',
  z.object({
    applicationId,
    conversationId,
    actor,
    /** Null: all. */
    types: z.array(z.string()).min(1).nullable(),
    order: z.enum(['ascending', 'descending']),
    limit: z.int().min(1).max(200),
    /** First and last place, whatever the order; null: the timeline's ends. */
    fromSeq: seq.nullable(),
    toSeq: seq.nullable(),
  }),
  // A page may be shorter than `limit`, or empty, and not the last: then `nextSeq` is where to go on.
  z.object({ events: z.array(liveEvent), nextSeq: seq.nullable() }),
);

/** As a server sees them: the events at these places, wherever they are. */
export const findStoredEvents = call(
  'conversation.events.at',
  z.object({ applicationId, conversationId, seqs: z.array(seq).min(1).max(200) }),
  // `rest`: those that would have made the answer too heavy, to be asked for next. Where there is nothing, nothing is answered.
  z.object({ events: z.array(liveEvent), rest: z.array(seq) }),
);
