import type { Origin } from '#contracts/event.js';
import type { StreamEvent } from '#contracts/stream.js';
import { Prisma } from '#prisma/client.js';
import { eventColumns, liveEventOf, type EventRow } from './event-row.js';

/** An event with what the durable consumers have to know of its conversation. */
export type StreamEventRow = EventRow & {
  readonly application_id: string;
  readonly conversation_kind: StreamEvent['conversationKind'];
};

/** Selects a `StreamEventRow` from `event` joined with `conversation`. */
export const streamEventColumns = Prisma.sql`
  conversation.application_id, conversation.kind::text AS conversation_kind, ${eventColumns}`;

/** Where an event came from is not part of the timeline. */
export const unknownOrigin: Origin = { address: null, dialect: 'unknown' };

export function streamEventOf(row: StreamEventRow, origin: Origin): StreamEvent {
  return {
    applicationId: row.application_id,
    conversationKind: row.conversation_kind,
    origin,
    ...liveEventOf(row),
  };
}

/** What the outbox knows of an event besides what is stored of it: where it came from, and what devices get. */
export function handedOver(origin: string): Origin & Pick<StreamEvent, 'push'> {
  return JSON.parse(origin) as Origin & Pick<StreamEvent, 'push'>;
}
