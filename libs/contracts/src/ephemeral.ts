import { z } from 'zod';
import { call } from './call.js';
import { hookedPatience } from './change.js';
import { origin } from './event.js';
import { applicationId, conversationId, eventId, timestamp, userId } from './identifiers.js';
import { jsonValue } from './json-value.js';
import { customEventName, messageContent } from './message-content.js';
import { recipientIds } from './sending.js';

/** Heard by the members who are connected at the moment; it is stored nowhere and has no place in the timeline. */
export const ephemeralEvent = z
  .object({ conversationId, senderId: userId, name: customEventName, data: jsonValue, timestamp })
  .meta({ id: 'EphemeralEvent' });

/** The same with the content of a message: other protocols have messages that are not stored. Nothing finds it by its id. */
export const ephemeralMessage = z
  .object({ id: eventId, conversationId, senderId: userId, content: messageContent, timestamp })
  .meta({ id: 'EphemeralMessage' });

export const typing = z.object({ conversationId, userId }).meta({ id: 'Typing' });

/** By its name on sockets. */
const signal = z.discriminatedUnion('name', [
  z.object({ name: z.literal('ephemeral_event'), payload: ephemeralEvent }),
  z.object({ name: z.literal('ephemeral_message'), payload: ephemeralMessage }),
  z.object({ name: z.literal('conversation.typing_on'), payload: typing }),
  z.object({ name: z.literal('conversation.typing_off'), payload: typing }),
]);

/** As it travels to the gateways; nobody asks for one that is lost. */
export const liveSignal = z.object({
  /** The session that has caused it, which alone does not hear it; null: a REST call. */
  sessionId: z.uuid().nullable(),
  /** Who alone hears it, besides its sender; null: everybody who is in. */
  recipients: z.array(userId).readonly().nullable(),
  signal,
});
export type LiveSignal = z.infer<typeof liveSignal>;

/** Tells it to everybody who is connected, if the sender may send. */
export const sendSignal = call(
  'conversation.signal',
  z.object({
    applicationId,
    conversationId,
    senderId: userId,
    /** The master key may speak for users who are not members. */
    asMaster: z.boolean(),
    sessionId: z.uuid().nullable(),
    origin,
    /** Of a server in a service: whom alone it is for. Absent: for all. */
    to: recipientIds.optional(),
    /** Of a server in a service: it is for all users of the application, whatever they are to the service. */
    isForAll: z.boolean().optional(),
    said: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('event'), name: customEventName, data: jsonValue }),
      z.object({ kind: z.literal('message'), content: messageContent }),
      z.object({ kind: z.literal('typing'), isOn: z.boolean() }),
    ]),
  }),
  /** `id` and `timestamp` are those of an ephemeral message. */
  z.object({ isDropped: z.boolean(), id: eventId, timestamp }),
  // What comes later is worth nothing.
  2_000,
);
/** An event, for which hooks may have to be asked first. */
export const sendEphemeralEvent: typeof sendSignal = { ...sendSignal, timeout: hookedPatience };
export type SendSignal = z.output<typeof sendSignal.question>;
