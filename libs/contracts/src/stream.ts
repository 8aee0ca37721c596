import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { conversationKind } from './conversations.js';
import { audience, origin, timelineEvent } from './event.js';
import { pushPayload } from './hooks/answers.js';
import { applicationId, conversationId, conversationKey, eventId, seq, timestamp } from './identifiers.js';
import { jsonValue } from './json-value.js';

/**
 * One stored event on its way to the durable consumers. A message of the stream holds many of them, of any conversations,
 * each as one line of JSON.
 */
export const streamEvent = z.object({
  applicationId,
  conversationKey,
  conversationKind,
  audience,
  /** Said to a service by a user, or about what one said to it: see `isToService`. */
  isInquiry: z.boolean().optional(),
  /** See `liveEvent`. */
  senderMemberId: z.uuid().optional(),
  dataText: z.string().optional(),
  origin,
  /** What devices of those get who are absent: of a broadcast that is to notify, or instead of sender and preview. */
  push: pushPayload.optional(),
  /** Of the conversation, when this was handed on: where `messageSent` hooks are filtered by them. */
  attributes: z.record(z.string(), jsonValue).optional(),
  event: timelineEvent,
});
export type StreamEvent = z.infer<typeof streamEvent>;

export const eventStreamSubject = `${subjectRoot}.events.batch`;

/** The JetStream stream of stored events; PostgreSQL's outbox is the truth, this is transport. */
export const eventStream = {
  name: 'HOOKLINE_EVENTS',
  // This one alone: with a pattern the stream would take questions for events, and answer them before anybody else.
  subjects: eventStreamSubject,
  /** Durable consumers; the relay makes sure that they exist before it publishes, so that none misses an event. */
  consumers: ['hook-engine', 'push-notification', 'webhook-delivery'],
} as const;

/** Core NATS nudge after a commit: there is something in the outbox. Losing it costs at most a poll (1 s). */
export const outboxNudge = `${subjectRoot}.nudge.outbox`;

/** Core NATS nudge after a commit, `{endpointIds}`: these webhooks have got deliveries. Losing it costs at most a poll (1 s). */
export const deliveryNudge = `${subjectRoot}.nudge.deliveries`;

/** Events of one conversation (`lane`), both ends included. */
const eventRange = z.object({ lane: conversationKey, fromSeq: seq, toSeq: seq });

/**
 * A consumer misses events that the stream must have lost. They are published again, as far as the timeline still has
 * them; `gone` is what it has no more: beginnings of the ranges asked for.
 */
export const republishEvents = call(
  'outbox.republish',
  z.object({ gaps: z.array(eventRange).min(1).max(1_000) }),
  z.object({ gone: z.array(eventRange) }),
  10_000,
);

/**
 * Stored events of an application, or of one of its conversations, with `from` <= timestamp < `to`: conversation by
 * conversation, by seq within each. They are as the timeline has them now (edited, recalled; none that has expired), and
 * where they came from is unknown. `cursor` of an answer is where to go on, null at the end; an answer without events may
 * have one.
 */
export const readEventRange = call(
  'outbox.read-range',
  z.object({
    applicationId,
    conversationId: conversationId.nullable(),
    from: timestamp,
    to: timestamp,
    cursor: z.string().nullable(),
  }),
  z.object({ events: z.array(streamEvent), cursor: z.string().nullable() }),
  10_000,
);

/** The same of one event; null when the application has none of this id. */
export const findStreamEvent = call(
  'outbox.find',
  z.object({ applicationId, eventId }),
  z.object({ event: streamEvent.nullable() }),
);
