import type { ErrorCode } from '#contracts/errors.js';
import { usedKey, type Cast, type Change } from './bad-input-cast.js';

type Refusal = readonly [string, ErrorCode, (cast: Cast) => Change];

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const key = { idempotencyKey: usedKey };

/** Well-formed and not possible: sessions, tokens, presence. */
export const sessionRefusals = {
  listSessions: [
    ['no user, with the master key', 'invalid_request', () => ({ query: {} })],
    ['another user', 'invalid_request', ({ spike }) => ({ as: spike })],
    ['nobody', 'user_not_found', () => ({ query: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
  ],
  listPresences: [],
  endSession: [
    ['an unknown session', 'session_not_found', () => ({ parameters: { sessionId: uuid } })],
    ['a session of another application', 'session_not_found', ({ foreign }) => ({ as: foreign })],
    ['a session of another user', 'session_not_found', ({ spike }) => ({ as: spike })],
  ],
  endSessions: [
    ['no user, with the master key', 'invalid_request', () => ({ query: {} })],
    ['another user', 'invalid_request', ({ spike }) => ({ as: spike })],
    ['nobody', 'user_not_found', () => ({ query: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  revokeToken: [
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
    ['another user', 'forbidden', ({ spike }) => ({ as: spike })],
    ['by its id, by its user', 'forbidden', ({ tom }) => ({ as: tom })],
    ['neither id nor token', 'invalid_request', () => ({ body: {} })],
    ['both', 'invalid_request', ({ tom }) => ({ body: { tokenId: 'a', token: tom.token } })],
    ['a token of another user', 'invalid_request', ({ spike }) => ({ body: { token: spike.token } })],
    [
      'a token of another application',
      'invalid_request',
      ({ foreigner }) => ({ body: { token: foreigner.token } }),
    ],
    ['what is no token', 'invalid_request', () => ({ body: { token: 'a.b.c' } })],
    [
      'a token without an id',
      'invalid_request',
      ({ nobodysToken }) => ({ parameters: { userId: 'nobody' }, body: { token: nobodysToken } }),
    ],
  ],
  revokeTokens: [
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
    ['another user', 'forbidden', ({ spike }) => ({ as: spike })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
} satisfies Record<string, readonly Refusal[]>;
