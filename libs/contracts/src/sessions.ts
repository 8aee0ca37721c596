import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { audience, timelineEvent } from './event.js';
import { liveSignal } from './ephemeral.js';
import {
  applicationId,
  conversationId,
  conversationKey,
  printableText,
  seq,
  timestamp,
  userId,
} from './identifiers.js';
import { limits } from './limits.js';
import { receiptUpdate } from './receipts.js';
import { sessionEnding } from './session-ends.js';
import { presentedToken } from './tokens.js';

/** Which part of a conversation's timeline a user may see, and where the timeline ends now. */
export const membershipView = z.object({
  conversationKey,
  conversationId,
  state: z.enum(['joined', 'left']),
  /** First seq that `everyone` opens to this user. */
  fromSeq: seq,
  /** Last one, when the user has left. */
  toSeq: seq.nullable(),
  /** seq of the event by which the present (or last) stay began. */
  joinedSeq: seq,
  /** As `joinedSeq`, of the first stay whose events are open to this user: whoever knows nothing begins there. */
  firstJoinedSeq: seq,
  headSeq: seq,
  /** The user wants no push notifications from it. */
  muted: z.boolean(),
  /** A service, in which most events are for others. Absent of what a former release says. */
  isService: z.boolean().optional(),
});
export type MembershipView = z.infer<typeof membershipView>;

/** One event as it travels to the gateways: with its audience, for filtering. */
export const liveEvent = z.object({
  conversationKey,
  audience,
  /** Said to a service by a user, or about what one said to it. */
  isInquiry: z.boolean().optional(),
  /** By which stay its sender was in; absent: by none, or it is not known. */
  senderMemberId: z.uuid().optional(),
  /** See `EventDraft`: the text of a custom event's data, where it is not what `JSON.stringify` gives. */
  dataText: z.string().optional(),
  event: timelineEvent,
});
export type LiveEvent = z.infer<typeof liveEvent>;

/** Published on `conversationSubject`: events in the order of seq, and watermarks that have advanced, which may be lost. */
export const liveBatch = z.object({
  events: z.array(liveEvent),
  receipts: receiptUpdate.optional(),
  signal: liveSignal.optional(),
});

/** Published on `userSubject`. */
export const userNotice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('membership'), listVersion: z.int(), membership: membershipView }),
  /** A conversation of the user, or a room that it was in, does not exist any more. */
  z.object({ kind: z.literal('deleted'), listVersion: z.int(), conversationKey, conversationId }),
  /** A user has been put out of a room, all of its sessions. */
  z.object({ kind: z.literal('left_room'), listVersion: z.int(), conversationKey, conversationId }),
  /** An event listed for a user who is not a member of its conversation. */
  z.object({ kind: z.literal('event'), event: timelineEvent }),
  /** Said by a service to this user, and stored nowhere. */
  z.object({ kind: z.literal('signal'), signal: liveSignal }),
  /** Another gateway was shown a token for this session: that one decides from now on. */
  z.object({ kind: z.literal('session_refreshed'), sessionId: z.uuid(), expiresAt: timestamp }),
  /** Others than their gateways have ended these sessions of the user. */
  z.object({ kind: z.literal('sessions_ended'), endings: z.array(sessionEnding) }),
]);
export type UserNotice = z.infer<typeof userNotice>;

/** Core NATS subject of a conversation's live events. */
export function conversationSubject(key: string): string {
  return `${subjectRoot}.live.conversation.${key}`;
}

/** Core NATS subject of what concerns one user. The id is encoded: it may hold '.', '*' and spaces. */
export function userSubject(application: string, user: string): string {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
  return `${subjectRoot}.live.user.${encode(application)}.${encode(user)}`;
}

/** One connected client, as everything that is told of it names it. */
export const sessionIdentity = z.object({
  sessionId: z.uuid(),
  incarnation: z.uuid(),
  applicationId,
  userId,
  dialect: z.string(),
  address: z.string().nullable(),
});
export type SessionIdentity = z.infer<typeof sessionIdentity>;

/** Chosen by the client: a user has one open session at most per tag. */
export const sessionTag = printableText(limits.sessionTagLength).meta({ id: 'SessionTag', example: 'phone' });

/** Part of a list of memberships: `next` is what to ask for the part after it, null at the end. */
const membershipPage = z.object({
  listVersion: z.int(),
  memberships: z.array(membershipView),
  next: conversationKey.nullable(),
});

/** By which a connection was lost; names of seed 002. */
const connectionError = z.enum([
  'READ_TIMEOUT',
  'LOGIN_TIMEOUT',
  'FRAME_TOO_LONG',
  'UNPARSEABLE_RAW_MSG',
  'INTERNAL_ERROR',
]);

/**
 * A gateway tells that a client has connected, and learns what the client may see: the first part of the conversations
 * that it is in. An older session of the user with the same tag ends. Refused when the gateway's lease is void, when the
 * session was closed before, when the token does not count any more, and when the user has too many open sessions.
 */
export const openSession = call(
  'sessions.open',
  // Dialects may know their clients by something else than a token.
  sessionIdentity.extend({
    tag: sessionTag.nullable(),
    token: presentedToken.nullable(),
    /** The client says that it resumes what it had before. */
    reconnect: z.boolean().optional(),
  }),
  membershipPage.extend({
    /** Up to which broadcast the user was given all, and the last that there is. Absent of what a former release says. */
    broadcasts: z.object({ cursor: z.int(), head: z.int() }).optional(),
  }),
);

/** The client has shown another token of its user: that one decides from now on. */
export const refreshSession = call(
  'sessions.refresh',
  z.object({
    applicationId,
    userId,
    sessionId: z.uuid(),
    token: presentedToken,
    /** Of the token (ms): the session's gateway is told of it. Absent: the gateway itself is asking. */
    expiresAt: timestamp.optional(),
  }),
  z.object({}),
);

/**
 * Where a client goes on that comes again and says by its tag who it was, but not what it has got: where its conversations were
 * when it was last known to be there, or somewhat earlier. Null: nobody knows of such a session any more. Those that its user has
 * left since are among them.
 */
export const findResumePoint = call(
  'sessions.resume-point',
  z.object({ applicationId, userId, tag: sessionTag, cursor: z.string().nullable() }),
  z.object({
    positions: z.array(z.object({ conversationId, seq })).nullable(),
    nextCursor: z.string().nullable(),
  }),
);

/**
 * A session is over, also one whose opening may still be under way. Safe to repeat. `closed`: its client has said so; `lost`:
 * its connection is, by the error if one is known.
 */
export const closeSession = call(
  'sessions.close',
  sessionIdentity.extend({
    reason: z.enum(['closed', 'lost', 'stopped', 'fenced', 'expired']),
    error: connectionError.nullable().optional(),
  }),
  z.object({}),
);

/**
 * Takes or keeps a gateway's lease; without it, its sessions count as gone. Every replica answers, so that one that is
 * paused delays nothing. What comes late renews nothing: the lease holds from `askedAt`, the moment of asking by the
 * database's clock as the gateway learnt it from an earlier answer's `now`; null when it has had none, to take the lease.
 */
export const renewGatewayLease = call(
  'sessions.lease',
  z.object({ incarnation: z.uuid(), askedAt: timestamp.nullable() }),
  z.object({ isHeld: z.boolean(), now: timestamp }),
  2_000,
);

/** How many memberships one answer holds, and how many ids one question names: far below the limit of a payload. */
export const membershipsAtOnce = 1_000;

/**
 * What a user may see anew. `after` is `next` of the part before, null for the first; or of these conversations, those that
 * it has left included, in one part.
 */
export const listMemberships = call(
  'sessions.memberships',
  z.object({
    applicationId,
    userId,
    of: z.union([
      z.object({ after: conversationKey.nullable() }),
      z.object({ conversationIds: z.array(conversationId).max(membershipsAtOnce) }),
    ]),
  }),
  membershipPage,
);

/** Which of these conversations do not exist, or not any more, whoever is or was in them. */
export const findGone = call(
  'sessions.gone',
  z.object({ applicationId, conversationIds: z.array(conversationId).max(membershipsAtOnce) }),
  z.object({ conversationIds: z.array(conversationId) }),
);

/** Events after a seq, in order; those not visible to `userId` are left out (null: all, for a gateway's feed). Bounded by bytes too. */
export const readTimeline = call(
  'timeline.read',
  z.object({
    conversationKey,
    userId: userId.nullable(),
    afterSeq: seq,
    limit: z.int(),
    /** In a service: more than so many events after `afterSeq` are not wanted. */
    atMost: z.int().optional(),
  }),
  z.object({
    events: z.array(liveEvent),
    /** Everything up to here has been considered: read on from it when it is below `headSeq`. */
    readSeq: seq,
    headSeq: seq,
    /** There are more than `atMost`: none is answered, and nothing has been considered. */
    isTooMuch: z.boolean().optional(),
  }),
);

/** Heads of the conversations that a gateway holds, and users whose conversation list has changed since. */
export const compareHeads = call(
  'timeline.heads',
  z.object({
    conversationKeys: z.array(conversationKey),
    users: z.array(z.object({ applicationId, userId, listVersion: z.int() })),
  }),
  z.object({
    heads: z.array(z.tuple([conversationKey, seq])),
    staleUsers: z.array(z.object({ applicationId, userId })),
  }),
);
