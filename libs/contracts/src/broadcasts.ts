import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { change, hookedPatience } from './change.js';
import { messageEvent, modification } from './event.js';
import { liveSignal } from './ephemeral.js';
import { attachmentIds } from './files.js';
import { pushPayload } from './hooks/answers.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { mentions, messageContent } from './message-content.js';
import { liveEvent } from './sessions.js';

/** Position among the broadcasts of an application: given in the order of their commits, without a gap, from 1. */
const broadcastNumber = z.int().min(0);

/** Until then it is given to users who log in. */
export const validTill = timestamp.min(0).meta({
  description: 'Until then it is given to users who log in, in milliseconds since the epoch.',
});

export const storedBroadcast = z.object({
  eventId,
  seq,
  timestamp,
  number: broadcastNumber.meta({ description: 'Position among the broadcasts of the application.' }),
  validTill,
  modified: modification.nullable(),
});

/**
 * Stores a message of a service for every user of the application, after the `messageReceived` hooks, which may change its
 * content but not whom it is for. How many users there are makes no difference.
 */
export const sendBroadcast = call(
  'broadcasts.send',
  z.object({
    applicationId,
    conversationId,
    senderId: userId,
    content: messageContent,
    mentions: mentions.optional(),
    attachments: attachmentIds.optional(),
    /** Null: as long as may be. */
    validTill: validTill.nullable(),
    /** What devices of those get who are absent; null: they get nothing. */
    push: pushPayload.nullable().default(null),
    ...change,
  }),
  z.discriminatedUnion('outcome', [
    storedBroadcast.extend({ outcome: z.literal('stored') }),
    z.object({ outcome: z.literal('dropped') }),
  ]),
  hookedPatience,
);
export type SendBroadcast = z.output<typeof sendBroadcast.question>;
export type BroadcastOutcome = z.output<typeof sendBroadcast.answer>;

export const shownBroadcast = z.object({ validTill, event: messageEvent });

/** Those that are still given to whoever logs in, the newest first; null: of any service. */
export const listBroadcasts = call(
  'broadcasts.list',
  z.object({
    applicationId,
    conversationId: conversationId.nullable(),
    cursor: z.string().nullable(),
    limit: z.int(),
  }),
  z.object({ broadcasts: z.array(shownBroadcast), nextCursor: z.string().nullable() }),
);

/** Nobody is given it any more, and nobody finds it any more. Clients that have it are told nothing. */
export const deleteBroadcast = call(
  'broadcasts.delete',
  z.object({ applicationId, eventId, ...change }),
  z.object({}),
);

/** A broadcast as it travels to the gateways. */
export const liveBroadcast = z.object({ number: broadcastNumber, validTill, live: liveEvent });
export type LiveBroadcast = z.infer<typeof liveBroadcast>;

/** Broadcasts after a number, in order, as far as they are still given to somebody. Bounded by bytes too. */
export const readBroadcasts = call(
  'broadcasts.read',
  z.object({
    applicationId,
    after: broadcastNumber,
    limit: z.int(),
    /** No more than so many of the newest; null: all. */
    newest: z.int().nullable(),
  }),
  z.object({
    broadcasts: z.array(liveBroadcast),
    /** Everything up to here has been considered: read on from it when it is below `head`. */
    read: broadcastNumber,
    head: broadcastNumber,
  }),
);

/** The last numbers that were given in these applications; those without any are missing. */
export const broadcastHeads = call(
  'broadcasts.heads',
  z.object({ applicationIds: z.array(applicationId) }),
  z.object({ heads: z.array(z.tuple([applicationId, broadcastNumber])) }),
);

/** Users have got everything up to these numbers. Safe to repeat, in any order. */
export const broadcastsGiven = call(
  'broadcasts.given',
  z.object({ given: z.array(z.object({ applicationId, userId, number: broadcastNumber })) }),
  z.object({}),
);

/** Published on `applicationSubject`. */
export const applicationNotice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('broadcast'), broadcast: liveBroadcast }),
  /** What has become of a broadcast: it was edited, or recalled. */
  z.object({ kind: z.literal('event'), live: liveEvent }),
  /** Said to all, and stored nowhere. */
  z.object({ kind: z.literal('signal'), signal: liveSignal }),
]);
export type ApplicationNotice = z.infer<typeof applicationNotice>;

/** Core NATS subject of what concerns all users of an application. */
export function applicationSubject(application: string): string {
  return `${subjectRoot}.live.application.${Buffer.from(application, 'utf8').toString('base64url')}`;
}
