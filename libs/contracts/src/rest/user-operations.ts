import { z } from 'zod';
import { userId } from '../identifiers.js';
import { newToken, newUser, token, user } from '../users.js';
import { inputless, operation } from './describe.js';

const ofUser = z.object({ userId });

/** Users and their tokens. */
export const userOperations = {
  createUser: operation({
    ...inputless,
    id: 'createUser',
    method: 'post',
    path: '/users',
    tag: 'Users',
    summary: 'Create a user',
    callers: ['master'],
    body: newUser,
    answers: { 201: { description: 'Created.', schema: user } },
    errors: ['user_exists', 'idempotency_key_reused'],
    idempotent: true,
  }),
  getUser: operation({
    ...inputless,
    id: 'getUser',
    method: 'get',
    path: '/users/{userId}',
    tag: 'Users',
    summary: 'Read a user',
    callers: ['master'],
    parameters: ofUser,
    answers: { 200: { description: 'The user.', schema: user } },
    errors: ['user_not_found'],
    idempotent: false,
  }),
  createToken: operation({
    ...inputless,
    id: 'createToken',
    method: 'post',
    path: '/users/{userId}/tokens',
    tag: 'Users',
    summary: 'Mint a token with which a client speaks as this user',
    description:
      'A JWT (HS256). Nothing is stored, so that there is nothing to repeat: every call mints another token.',
    callers: ['master'],
    parameters: ofUser,
    body: newToken,
    answers: { 201: { description: 'Minted.', schema: token } },
    errors: ['user_not_found'],
    idempotent: false,
  }),
} as const;
