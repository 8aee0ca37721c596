import { z } from 'zod';
import { call } from './call.js';
import { applicationId, conversationKey, seq, userId } from './identifiers.js';

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
 * Who is absent from conversations: connected nowhere, without having muted the conversation. Members alone with
 * `withMembers`, and these users, members or not. One question for many events, so that it costs no more than the people
 * whom they concern.
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
      }),
    ),
    /** So many of the conversations, from the first, are answered: ask again for the others. */
    answered: z.int().min(1),
  }),
);
