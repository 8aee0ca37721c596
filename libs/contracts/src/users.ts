import { z } from 'zod';
import { call } from './call.js';
import { applicationId, displayText, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { attributes } from './json-value.js';
import { limits } from './limits.js';

export const newUser = z
  .strictObject({ id: userId, displayName: displayText.optional(), attributes: attributes.default({}) })
  .meta({ id: 'NewUser' });

export const user = z
  .object({
    id: userId,
    kind: z.enum(['person', 'business', 'contact_session']),
    displayName: z.string().nullable(),
    attributes,
    createdAt: timestamp,
  })
  .meta({ id: 'User' });

export const createUser = call(
  'users.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), user: newUser }),
  user,
);
export const getUser = call('users.get', z.object({ applicationId, userId }), user);

/** `expiresIn` is in seconds, as in OAuth. */
export const newToken = z
  .strictObject({
    expiresIn: z.int().min(1).max(limits.tokenLifetimeMaximumSeconds).default(limits.tokenLifetimeSeconds),
  })
  .meta({ id: 'NewToken' });
export const token = z.object({ token: z.string(), expiresAt: timestamp }).meta({ id: 'Token' });
