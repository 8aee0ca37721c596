import { z } from 'zod';
import { ephemeralEvent, ephemeralMessage, typing } from './ephemeral.js';
import { wireError, type ErrorCode } from './errors.js';
import {
  conversationEvent,
  memberEvent,
  messageEvent,
  messageRecalledEvent,
  messageUpdatedEvent,
  receiptEvent,
  modification,
  timelineEvent,
  type CustomEvent,
} from './event.js';
import { conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { limits } from './limits.js';
import { receiptUpdate, watermarks } from './receipts.js';
import { userPresence } from './presence.js';
import { ephemeralOperations } from './rest/ephemeral-operations.js';
import { eventOperations } from './rest/event-operations.js';
import { hookErrors } from './rest/describe.js';
import { messageOperations } from './rest/message-operations.js';
import { receiptOperations } from './rest/receipt-operations.js';
import { sessionTag } from './sessions.js';
import {
  enterRoomRequest,
  leaveRoomRequest,
  listEventsRequest,
  presenceRequest,
  recallMessageRequest,
  refreshSessionRequest,
  sendCustomEventRequest,
  sendEphemeralEventRequest,
  sendEphemeralMessageRequest,
  sendMessageRequest,
  sendReceiptRequest,
  typingRequest,
  updateMessageRequest,
} from './socket-requests.js';

/**
 * `auth` of the socket.io handshake. `resume` maps the conversations that the client knows to the last seq it has
 * received as an event (never from an acknowledgement); everything visible after that is delivered again in order, and
 * conversations that it does not name are delivered from the user's first joining on (from the last one, where history
 * begins with joining). Without `resume`: live events only.
 */
export const handshakeAuth = z.object({
  token: z.string().max(8_192),
  resume: z.record(conversationId, seq).meta({ 'x-maximum-bytes': limits.socketPacketBytes }).optional(),
  /** An older session of the user with the same tag is ended (`session_replaced`). */
  tag: sessionTag.optional(),
});
export type HandshakeAuth = z.infer<typeof handshakeAuth>;

const refused = z.object({ ok: z.literal(false), error: wireError });
const droppedAcknowledgement = z.object({ ok: z.literal(true), dropped: z.literal(true) });
export const sendAcknowledgement = z.union([
  z.object({ ok: z.literal(true), eventId, seq, timestamp, modified: modification.nullable() }),
  droppedAcknowledgement,
  refused,
]);
const toldAcknowledgement = z.union([z.object({ ok: z.literal(true) }), refused]);
const ephemeralAcknowledgement = z.union([
  droppedAcknowledgement,
  z.object({ ok: z.literal(true) }),
  refused,
]);
export type SendAcknowledgement = z.infer<typeof sendAcknowledgement>;
const recallAcknowledgement = z.union([
  z.object({ ok: z.literal(true), eventId, seq, timestamp }),
  droppedAcknowledgement,
  refused,
]);
export const listEventsAcknowledgement = z.union([
  z.object({ ok: z.literal(true), events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
  refused,
]);
export type ListEventsAcknowledgement = z.infer<typeof listEventsAcknowledgement>;

const sendReceiptAcknowledgement = z.union([z.object({ ok: z.literal(true), ...watermarks.shape }), refused]);
const refreshSessionAcknowledgement = z.union([
  z.object({ ok: z.literal(true), expiresAt: timestamp }),
  refused,
]);

const subscribePresenceAcknowledgement = z.union([
  z.object({
    ok: z.literal(true),
    userIds: z
      .array(userId)
      .meta({ description: 'Those of them who are subscribed to now; the others are not to be seen.' }),
  }),
  refused,
]);
const doneAcknowledgement = z.union([z.object({ ok: z.literal(true) }), refused]);

const enterRoomAcknowledgement = z.union([
  z.object({
    ok: z.literal(true),
    /** The position from which live events follow. */
    seq,
    /** More than 1,000 events came after `afterSeq`: none of them was delivered, list the history instead. */
    tooFarBehind: z.boolean(),
  }),
  refused,
]);
const leaveRoomAcknowledgement = z.union([z.object({ ok: z.literal(true) }), refused]);

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
      /** The user wants no push notifications from it. */
      muted: z.boolean(),
      /** More than 1,000 events were missed: none of them was delivered, list the history instead. */
      tooFarBehind: z.boolean(),
    }),
  ),
});
export type SessionReady = z.infer<typeof sessionReady>;

/** Errors that every command can be answered with; the session itself may turn out to be impossible meanwhile. */
export const commonSocketErrors = [
  'invalid_request',
  'rate_limited',
  'too_many_commands',
  'too_many_waiting',
  'too_many_sessions',
  'token_revoked',
  'user_not_found',
  'internal_error',
  'service_unavailable',
  'timeout',
] as const satisfies readonly ErrorCode[];

const typingErrors = [
  'conversation_not_found',
  'conversation_inactive',
  'not_a_member',
  'sender_blocked',
  'wrong_conversation_kind',
] as const satisfies readonly ErrorCode[];

/**
 * Commands of a client. Each takes one request and is acknowledged with one answer; the AsyncAPI document, the types and
 * the gateway's dispatch are made from this map. An answer that is not `ok` has one of the command's `errors`, or of
 * `commonSocketErrors`.
 */
export const socketCommands = {
  'message.send': {
    summary: 'Send a message',
    request: sendMessageRequest,
    answer: sendAcknowledgement,
    errors: eventOperations.sendMessage.errors,
  },
  'custom_event.send': {
    summary: 'Send a custom event',
    request: sendCustomEventRequest,
    answer: sendAcknowledgement,
    errors: eventOperations.sendCustomEvent.errors,
  },
  'message.update': {
    summary: 'Edit a message that you have sent',
    request: updateMessageRequest,
    answer: sendAcknowledgement,
    errors: messageOperations.updateMessage.errors,
  },
  'message.recall': {
    summary: 'Recall a message or custom event: your own, or as a manager that of others',
    request: recallMessageRequest,
    answer: recallAcknowledgement,
    errors: messageOperations.recallMessage.errors,
  },
  'ephemeral_event.send': {
    summary: 'Tell something to the members who are connected; it is stored nowhere',
    request: sendEphemeralEventRequest,
    answer: ephemeralAcknowledgement,
    errors: ephemeralOperations.sendEphemeralEvent.errors,
  },
  'ephemeral_message.send': {
    summary: 'The same as a message: services have it delivered to webhooks that get such',
    request: sendEphemeralMessageRequest,
    answer: ephemeralAcknowledgement,
    errors: [...typingErrors, 'member_silenced', 'user_blocked', 'message_too_large', ...hookErrors],
  },
  'typing.start': {
    summary: 'Say that you are typing',
    request: typingRequest,
    answer: toldAcknowledgement,
    errors: [...typingErrors, 'member_silenced'],
  },
  'typing.stop': {
    summary: 'Say that you are typing no more',
    request: typingRequest,
    answer: toldAcknowledgement,
    errors: typingErrors,
  },
  'events.list': {
    summary: "List a conversation's events",
    request: listEventsRequest,
    answer: listEventsAcknowledgement,
    errors: eventOperations.listEvents.errors,
  },
  'room.enter': {
    summary: 'Enter a room, until it is left or the connection ends',
    request: enterRoomRequest,
    answer: enterRoomAcknowledgement,
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'wrong_conversation_kind',
      'user_blocked',
      'not_a_member',
      'too_many_rooms',
      ...hookErrors,
    ],
  },
  'room.leave': {
    summary: 'Leave a room',
    request: leaveRoomRequest,
    answer: leaveRoomAcknowledgement,
    errors: ['conversation_not_found', 'wrong_conversation_kind'],
  },
  'receipt.send': {
    summary: 'Acknowledge what has been delivered and read',
    request: sendReceiptRequest,
    answer: sendReceiptAcknowledgement,
    errors: receiptOperations.sendReceipt.errors,
  },
  'session.refresh': {
    summary: 'Go on with a newer token of the same user',
    request: refreshSessionRequest,
    answer: refreshSessionAcknowledgement,
    errors: ['unauthenticated', 'token_expired', 'forbidden', 'session_not_found'],
  },
  'presence.subscribe': {
    summary: 'Hear whether users are online, now and whenever it changes',
    request: presenceRequest,
    answer: subscribePresenceAcknowledgement,
    errors: ['too_many_subscriptions'],
  },
  'presence.unsubscribe': {
    summary: 'Hear no more of these users',
    request: presenceRequest,
    answer: doneAcknowledgement,
    errors: [],
  },
} as const satisfies Record<string, SocketCommand>;

interface SocketCommand {
  readonly summary: string;
  readonly request: z.ZodType;
  readonly answer: z.ZodType;
  /** Of its own. */
  readonly errors: readonly ErrorCode[];
}

export type SocketCommandName = keyof typeof socketCommands;
export type SocketRequest<Name extends SocketCommandName> = z.output<
  (typeof socketCommands)[Name]['request']
>;
export type SocketAnswer<Name extends SocketCommandName> = z.output<(typeof socketCommands)[Name]['answer']>;

/** What a client hears; besides these, custom events of the timeline as `custom:<name>`. Names are those of seed 003. */
export const socketEvents = {
  'session.ready': { summary: 'Everything missed has been delivered', payload: sessionReady },
  'session.closing': { summary: 'The server ends the session and closes the socket', payload: wireError },
  'presence.update': { summary: 'A user is online, or not any more', payload: userPresence },
  'conversation.created': {
    summary: 'A conversation that the client has not known; its events follow',
    payload: z.object({ conversationId }),
  },
  'room.left': {
    summary: 'This session is in the room no more, without having asked for it: the user was blocked there',
    payload: z.object({ conversationId }),
  },
  'conversation.muted': {
    summary: 'The user has muted a conversation, or does so no more, in whichever session',
    payload: z.object({ conversationId, muted: z.boolean() }),
  },
  'conversation.updated': { summary: 'A conversation was changed', payload: conversationEvent },
  'conversation.deleted': {
    summary: 'A conversation that the client has known does not exist any more',
    payload: z.object({ conversationId }),
  },
  ephemeral_event: { summary: 'What a member tells those who are connected', payload: ephemeralEvent },
  ephemeral_message: { summary: 'A message that is stored nowhere', payload: ephemeralMessage },
  'conversation.typing_on': { summary: 'A member is typing', payload: typing },
  'conversation.typing_off': { summary: 'A member is typing no more', payload: typing },
  'message.created': { summary: 'A message', payload: messageEvent },
  'message.updated': { summary: 'A message was edited', payload: messageUpdatedEvent },
  'message.recalled': { summary: 'A message or custom event was recalled', payload: messageRecalledEvent },
  'receipt.delivered': {
    summary: 'Somebody has got an event, in a conversation whose receipts are events',
    payload: receiptEvent,
  },
  'receipt.read': {
    summary: 'Somebody has read an event, in a conversation whose receipts are events',
    payload: receiptEvent,
  },
  'member.invited': { summary: 'Users were invited', payload: memberEvent },
  'member.joined': { summary: 'Members came', payload: memberEvent },
  'member.updated': { summary: "Members' roles or silence changed", payload: memberEvent },
  'member.left': { summary: 'Members went', payload: memberEvent },
  'receipt.updated': { summary: 'Members have got further; may be lost', payload: receiptUpdate },
} as const satisfies Record<string, { readonly summary: string; readonly payload: z.ZodType }>;

/** Client to server, as socket.io wants it typed. */
export type ClientToServerEvents = {
  [Name in SocketCommandName]: (
    request: z.input<(typeof socketCommands)[Name]['request']>,
    acknowledge: (answer: SocketAnswer<Name>) => void,
  ) => void;
};

/** Server to client, as socket.io wants it typed. */
export type ServerToClientEvents = {
  [Name in keyof typeof socketEvents]: (payload: z.output<(typeof socketEvents)[Name]['payload']>) => void;
} & Record<`custom:${string}`, (event: CustomEvent) => void>;
