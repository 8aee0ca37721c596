import { z } from 'zod';
import { wireError, type WireError } from './errors.js';
import {
  customEventName,
  messageContent,
  timelineEvent,
  type CustomEvent,
  type MemberEvent,
  type MessageEvent,
} from './event.js';
import { conversationId, eventId, idempotencyKey, seq, timestamp, userId } from './identifiers.js';
import { jsonValue } from './json-value.js';
import { limits } from './limits.js';
import { modification } from './event.js';

/**
 * `auth` of the socket.io handshake. `resume` maps the conversations that the client knows to the last seq it has
 * received as an event (never from an acknowledgement); everything visible after that is delivered again in order, and
 * conversations that it does not name are delivered from the user's joining on. Without `resume`: live events only.
 */
export const handshakeAuth = z.object({
  token: z.string().max(8_192),
  resume: z.record(conversationId, seq).optional(),
});
export type HandshakeAuth = z.infer<typeof handshakeAuth>;

export const sendMessageRequest = z.strictObject({
  conversationId,
  content: messageContent,
  idempotencyKey: idempotencyKey.optional(),
});
export const sendCustomEventRequest = z.strictObject({
  conversationId,
  name: customEventName,
  data: jsonValue,
  idempotencyKey: idempotencyKey.optional(),
});
export const listEventsRequest = z.strictObject({
  conversationId,
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(limits.pageSize).default(limits.defaultPageSize),
  order: z.enum(['ascending', 'descending']).default('descending'),
});

const refused = z.object({ ok: z.literal(false), error: wireError });
export const sendAcknowledgement = z.union([
  z.object({ ok: z.literal(true), eventId, seq, timestamp, modified: modification.nullable() }),
  z.object({ ok: z.literal(true), dropped: z.literal(true) }),
  refused,
]);
export type SendAcknowledgement = z.infer<typeof sendAcknowledgement>;
export const listEventsAcknowledgement = z.union([
  z.object({ ok: z.literal(true), events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
  refused,
]);
export type ListEventsAcknowledgement = z.infer<typeof listEventsAcknowledgement>;

/** Heard once per connection, after everything missed has been delivered. */
export const sessionReady = z.object({
  sessionId: z.uuid(),
  userId,
  conversations: z.array(
    z.object({
      conversationId,
      /** Last seq of the timeline; equal to what the client may call its position, unless `tooFarBehind`. */
      seq,
      state: z.enum(['joined', 'left']),
      /** More than 1,000 events were missed: none of them was delivered, list the history instead. */
      tooFarBehind: z.boolean(),
    }),
  ),
});
export type SessionReady = z.infer<typeof sessionReady>;

/** Client to server. Every call is acknowledged. */
export interface ClientToServerEvents {
  'message.send': (
    request: z.input<typeof sendMessageRequest>,
    acknowledge: (answer: SendAcknowledgement) => void,
  ) => void;
  'custom_event.send': (
    request: z.input<typeof sendCustomEventRequest>,
    acknowledge: (answer: SendAcknowledgement) => void,
  ) => void;
  'events.list': (
    request: z.input<typeof listEventsRequest>,
    acknowledge: (answer: ListEventsAcknowledgement) => void,
  ) => void;
}

/** Server to client; the names are those of seed 003 where it has one. */
export interface ServerToClientEvents {
  'session.ready': (ready: SessionReady) => void;
  /** The server ends the session; the socket is closed right after. */
  'session.closing': (reason: WireError) => void;
  'conversation.created': (conversation: { conversationId: string }) => void;
  'message.created': (event: MessageEvent) => void;
  'member.joined': (event: MemberEvent) => void;
  'member.left': (event: MemberEvent) => void;
  [custom: `custom:${string}`]: (event: CustomEvent) => void;
}
