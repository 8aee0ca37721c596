import { z } from 'zod';
import { call } from './call.js';
import { applicationId, displayText, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { attributes } from './json-value.js';
import { limits } from './limits.js';

const uid = z.uuid().meta({
  description: 'Its second id, which never changes: other protocols have it beside the name.',
});

export const newUser = z
  .strictObject({
    id: userId,
    uid: uid.optional().meta({ description: 'Brought along from elsewhere; made unless it is given.' }),
    displayName: displayText.optional(),
    attributes: attributes.default({}),
  })
  .meta({ id: 'NewUser' });

export const user = z
  .object({
    id: userId,
    uid,
    kind: z.enum(['person', 'business', 'contact_session']),
    displayName: z.string().nullable(),
    attributes,
    createdAt: timestamp,
  })
  .meta({ id: 'User' });

export type User = z.infer<typeof user>;

/** What is not named stays. */
export const userChange = z
  .strictObject({
    displayName: displayText.nullable().optional().meta({ description: 'null takes it away.' }),
    attributes: attributes
      .optional()
      .meta({ description: 'A merge patch (RFC 7396): what it names is set, null removes.' }),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
  .meta({ id: 'UserChange' });

/** What becomes of the messages and custom events that a deleted user has sent. */
export const sentMessages = z.enum(['keep', 'recall']).meta({
  id: 'SentMessages',
  description: '`keep`: they stay, under a name that nobody knows; `recall`: their content goes too.',
});
export type SentMessages = z.infer<typeof sentMessages>;

const request = idempotentRequest.nullable();

export const createUser = call('users.create', z.object({ applicationId, request, user: newUser }), user);
/**
 * Makes a user of every id that has none: for protocols that register nobody, where whoever is named exists. Safe to repeat.
 * Answers `user_deleted` when one of them was deleted, and makes none then.
 */
export const ensureUsers = call(
  'users.ensure',
  z.object({ applicationId, userIds: z.array(userId).min(1).max(500) }),
  z.object({}),
);
export const getUser = call('users.get', z.object({ applicationId, userId }), user);
/**
 * Profiles of several users, by their ids or by their uids, in no order; those that there are not are left out. For protocols
 * that show who has sent something.
 */
export const findUsers = call(
  'users.find',
  z.object({
    applicationId,
    by: z.union([
      z.object({ ids: z.array(userId).min(1).max(100) }),
      z.object({ uids: z.array(z.uuid()).min(1).max(100) }),
    ]),
  }),
  z.object({ users: z.array(user) }),
);
export const listUsers = call(
  'users.list',
  z.object({
    applicationId,
    order: z.enum(['ascending', 'descending']).default('ascending'),
    cursor: z.string().nullable(),
    limit: z.int(),
  }),
  z.object({ users: z.array(user), nextCursor: z.string().nullable() }),
);
export const updateUser = call(
  'users.update',
  z.object({ applicationId, userId, request, change: userChange }),
  user,
);
export const deleteUser = call(
  'users.delete',
  z.object({ applicationId, userId, request, messages: sentMessages }),
  z.object({}),
);

/** `expiresIn` is in seconds, as in OAuth. */
export const newToken = z
  .strictObject({
    expiresIn: z.int().min(1).max(limits.tokenLifetimeMaximumSeconds).default(limits.tokenLifetimeSeconds),
  })
  .meta({ id: 'NewToken' });
export const token = z.object({ token: z.string(), expiresAt: timestamp }).meta({ id: 'Token' });
