import { z } from 'zod';
import { subjectRoot } from './call.js';
import { conversationKind } from './conversation.js';
import { audience, origin, timelineEvent } from './event.js';
import { applicationId, conversationKey } from './identifiers.js';

/** One stored event on its way to the durable consumers. The JetStream message id is the event's id. */
export const streamEvent = z.object({
  applicationId,
  conversationKey,
  conversationKind,
  audience,
  origin,
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

export function eventStreamSubject(key: string): string {
  return `${subjectRoot}.events.${key}`;
}

/** Core NATS nudge after a commit: there is something in the outbox. Losing it costs at most a poll (1 s). */
export const outboxNudge = `${subjectRoot}.nudge.outbox`;
