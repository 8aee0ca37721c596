import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { conversation } from './conversations.js';
import { memberRole } from './event.js';
import { applicationId, conversationId, timestamp, userId } from './identifiers.js';

export const stayState = z.enum(['invited', 'joined', 'left']);
export type StayState = z.infer<typeof stayState>;

/** From an invitation or a joining to the end: one that is over as well. Whoever comes again has another stay. */
export const stay = z.object({
  id: z.uuid(),
  userId,
  role: memberRole,
  state: stayState,
  inviterId: userId.nullable(),
  invitedAt: timestamp.nullable(),
  joinedAt: timestamp.nullable(),
  leftAt: timestamp.nullable(),
});
export type Stay = z.infer<typeof stay>;

const order = z.enum(['ascending', 'descending']);
const states = z.array(stayState).min(1).nullable().meta({ description: 'Null: all.' });

/** Stays in a conversation, in the order in which they began; for whoever may list its members. Not of rooms and services. */
export const listStays = call(
  'conversation.stays.list',
  z.object({
    applicationId,
    conversationId,
    actor,
    states,
    order,
    cursor: z.string().nullable(),
    limit: z.int().min(1).max(200),
  }),
  z.object({ stays: z.array(stay), nextCursor: z.string().nullable() }),
);

/** These stays, or the present ones of these users; those that there are not are left out. For protocols that name members by them. */
export const findStays = call(
  'conversation.stays.find',
  z.object({
    applicationId,
    conversationId,
    by: z.union([
      z.object({ ids: z.array(z.uuid()).min(1).max(200) }),
      z.object({ userIds: z.array(userId).min(1).max(200) }),
    ]),
  }),
  z.object({ stays: z.array(stay) }),
);

/** The user's latest stay in each group and temporary conversation, in the order of the conversations' creation. */
export const listStaysOfUser = call(
  'conversation.stays.of-user',
  z.object({
    applicationId,
    userId,
    states,
    order,
    cursor: z.string().nullable(),
    limit: z.int().min(1).max(100),
  }),
  // A page may be shorter than `limit`, or empty, and not the last.
  z.object({
    stays: z.array(z.object({ conversation, stay })),
    nextCursor: z.string().nullable(),
  }),
);
