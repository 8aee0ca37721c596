import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { conversationKind } from './conversations.js';
import { audience, origin, timelineEvent } from './event.js';
import { applicationId, conversationKey, seq } from './identifiers.js';
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
  origin,
  /** Of the conversation, when this was handed on: where `messageSent` hooks are filtered by them. */
  attributes: z.record(z.string(), jsonValue).optional(),
  event: timelineEvent,
});
export type StreamEvent = z.infer<typeof streamEvent>;

/** The JetStream stream of stored events; PostgreSQL's outbox is the truth, this is transport. */
export const eventStream = {
  name: 'HOOKLINE_EVENTS',
  subjects: `${subjectRoot}.events.>`,
  /** Durable consumers; the relay makes sure that they exist before it publishes, so that none misses an event. */
  consumers: ['hook-engine', 'push-notification', 'webhook-delivery'],
} as const;

export const eventStreamSubject = `${subjectRoot}.events.batch`;

/** Core NATS nudge after a commit: there is something in the outbox. Losing it costs at most a poll (1 s). */
export const outboxNudge = `${subjectRoot}.nudge.outbox`;

/** Events of one conversation (`lane`), both ends included. */
const eventRange = z.object({ lane: conversationKey, fromSeq: seq, toSeq: seq });

/**
 * A consumer misses events that the stream must have lost. They are published again, as far as the timeline still has
 * them; `gone` is what it has no more: beginnings of the ranges asked for.
 */
export const republishEvents = call(
  'events.republish',
  z.object({ gaps: z.array(eventRange).min(1).max(1_000) }),
  z.object({ gone: z.array(eventRange) }),
  10_000,
);
