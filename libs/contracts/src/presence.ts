import { z } from 'zod';
import { actor } from './actor.js';
import { call, subjectRoot } from './call.js';
import { applicationId, conversationKey, eventId, seq, timestamp, userId } from './identifiers.js';
import { limits } from './limits.js';

/**
 * Which of an event's recipients are connected. `userIds` null stands for everybody who was in when the event was stored
 * and still is (of an `everyone` event).
 */
export const splitByPresence = call(
  'presence.split',
  z.object({
    applicationId,
    conversationKey,
    seq,
    userIds: z.array(userId).nullable(),
    exclude: z.array(userId),
  }),
  z.object({ online: z.array(userId), offline: z.array(z.object({ userId, muted: z.boolean() })) }),
);

/**
 * Who is absent from conversations: connected nowhere, without having muted the conversation, unless its application has
 * `receiversOffline` hooks, which may want even those notified. Members alone with `withMembers`, and these users, members
 * or not. One question for many events, so that it costs no more than the people whom they concern.
 */
export const findAbsent = call(
  'presence.absent',
  z.object({
    conversations: z
      .array(z.object({ applicationId, conversationKey, withMembers: z.boolean(), userIds: z.array(userId) }))
      .min(1),
  }),
  z.object({
    absent: z.array(
      z.object({
        conversationKey,
        userId,
        /** seq of the event by which the present stay began; null for whoever is no member. */
        joinedSeq: seq.nullable(),
        muted: z.boolean(),
      }),
    ),
    /** Those of the conversations whose hooks have to be asked before anybody is notified (`decideNotification`). */
    hooked: z.array(conversationKey),
    /** So many of the conversations, from the first, are answered: ask again for the others. */
    answered: z.int().min(1),
  }),
);

/**
 * Of a broadcast that is still given to users: whom of a portion of all users to notify, because they are absent and have not
 * muted its service. Ask again from `next` until it is null.
 */
export const findAbsentFromBroadcast = call(
  'presence.broadcast',
  z.object({
    applicationId,
    eventId,
    /** Numbers of users begin after it. */
    after: z.int().min(0),
    limit: z.int(),
  }),
  z.object({ userIds: z.array(userId), next: z.int().nullable() }),
);

/** Whether a user has an open session, as found at `timestamp`. */
export const userPresence = z
  .object({
    userId,
    status: z.enum(['online', 'offline']),
    timestamp: timestamp.meta({ description: 'When it was found so.' }),
  })
  .meta({ id: 'Presence' });
export type UserPresence = z.infer<typeof userPresence>;

/** Users of whom to say whether they are online. */
export const presenceUsers = z.array(userId).min(1).max(limits.presenceUsers);

/**
 * Who of these users is online. Left out are those who do not exist, and for a user those with whom it is in no
 * conversation: it cannot tell the one from the other.
 */
export const readPresence = call(
  'presence.read',
  z.object({ applicationId, actor, userIds: z.array(userId).max(limits.presenceSubscriptions) }),
  z.object({ presences: z.array(userPresence) }),
);

/** Users of one question of a gateway: with the longest ids it stays below the limit of a payload. */
export const comparedUsers = 1_000;

/** What a gateway asks for the users whom its clients watch; who may watch them was decided when they began to. */
export const comparePresence = call(
  'presence.compare',
  z.object({ users: z.array(z.object({ applicationId, userId })).max(comparedUsers) }),
  z.object({ online: z.array(z.object({ applicationId, userId })), timestamp }),
);

/** Every `presenceSubject`. */
export const presenceSubjects = `${subjectRoot}.live.presence.>`;

/**
 * Core NATS: a session of this user was opened or closed. It says no more than that: gateways then ask how it is, so that
 * notices that come in another order, or not at all, do no more harm than to be late.
 */
export function presenceSubject(application: string, user: string): string {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
  return `${subjectRoot}.live.presence.${encode(application)}.${encode(user)}`;
}
