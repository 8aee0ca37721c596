import { z } from 'zod';
import { userId } from '../identifiers.js';
import { sessionEndReason, sessionView } from '../session-ends.js';
import { revocation } from '../tokens.js';
import { inputless, operation } from './describe.js';

const ofUser = z.object({ userId });
const whose = userId
  .optional()
  .meta({ description: "Required with the master key; a user token's own user otherwise." });

/** Who is connected, ending that, and tokens that do not count any more. */
export const sessionOperations = {
  listSessions: operation({
    ...inputless,
    id: 'listSessions',
    method: 'get',
    path: '/sessions',
    tag: 'Sessions',
    summary: "List a user's connected clients, oldest first",
    callers: ['master', 'user'],
    query: z.object({ userId: whose }),
    answers: {
      200: { description: 'All of them.', schema: z.object({ sessions: z.array(sessionView) }) },
    },
    errors: ['user_not_found'],
    idempotent: false,
  }),
  endSession: operation({
    ...inputless,
    id: 'endSession',
    method: 'delete',
    path: '/sessions/{sessionId}',
    tag: 'Sessions',
    summary: 'End one session; its client hears `session_kicked`',
    description: 'It gets nothing any more within 2 seconds, usually at once. Its token goes on counting.',
    callers: ['master', 'user'],
    parameters: z.object({ sessionId: z.uuid() }),
    query: z.object({ reason: sessionEndReason.optional() }),
    answers: { 204: { description: 'Ended.' } },
    errors: ['session_not_found'],
    idempotent: false,
  }),
  endSessions: operation({
    ...inputless,
    id: 'endSessions',
    method: 'delete',
    path: '/sessions',
    tag: 'Sessions',
    summary: 'End all sessions that a user has now',
    callers: ['master', 'user'],
    query: z.object({ userId: whose, reason: sessionEndReason.optional() }),
    answers: { 200: { description: 'So many were ended.', schema: z.object({ ended: z.int() }) } },
    errors: ['user_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
  revokeToken: operation({
    ...inputless,
    id: 'revokeToken',
    method: 'post',
    path: '/users/{userId}/tokens/revocations',
    tag: 'Users',
    summary: 'Revoke one token, by its id (`jti`, with the master key alone) or itself',
    description:
      'Sockets that use it are closed, and no new ones opened, at once; REST refuses it within 10 seconds, usually at once.',
    callers: ['master', 'user'],
    parameters: ofUser,
    body: revocation,
    answers: { 204: { description: 'Revoked.' } },
    errors: ['user_not_found'],
    idempotent: false,
  }),
  revokeTokens: operation({
    ...inputless,
    id: 'revokeTokens',
    method: 'delete',
    path: '/users/{userId}/tokens',
    tag: 'Users',
    summary: 'Revoke all tokens of a user that were issued until now',
    description:
      'By their claim `iat`, which has whole seconds: also those that you sign yourself in the same second. Tokens without `iat` do not count any more from then on.',
    callers: ['master', 'user'],
    parameters: ofUser,
    answers: { 204: { description: 'Revoked.' } },
    errors: ['user_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
} as const;
