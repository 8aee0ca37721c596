import { z } from 'zod';
import { limits } from '../limits.js';
import { presenceUsers, userPresence } from '../presence.js';
import { inputless, operation } from './describe.js';

/** Who is online. */
export const presenceOperations = {
  listPresences: operation({
    ...inputless,
    id: 'listPresences',
    method: 'get',
    path: '/presence',
    tag: 'Sessions',
    summary: 'Ask which of some users are online',
    description:
      'Users see those with whom they are in a conversation or, at the moment, in a room, and themselves; others are left out, like those who do not exist.',
    callers: ['master', 'user'],
    query: z.object({
      userIds: z
        .string()
        .max(limits.presenceUsers * (limits.userIdLength + 1))
        .transform((text) => text.split(','))
        .pipe(presenceUsers)
        .meta({ description: 'Up to 100 ids with commas between.', example: 'tom,jerry' }),
    }),
    answers: {
      200: {
        description: 'One entry for each, in no particular order.',
        schema: z.object({ presences: z.array(userPresence) }),
      },
    },
    errors: [],
    idempotent: false,
  }),
} as const;
