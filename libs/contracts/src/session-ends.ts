import { z } from 'zod';
import { call } from './call.js';
import { wireError } from './errors.js';
import { applicationId, printableText, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

/** One connected client, as those see it who may end it. */
export const sessionView = z
  .object({
    sessionId: z.uuid(),
    userId,
    dialect: z.string().meta({ example: 'native' }),
    tag: z.string().nullable(),
    address: z.string().nullable().meta({ description: "The client's address as the connection shows it." }),
    connectedAt: timestamp,
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionView>;

/** Text for the client; it is the `detail` of what it hears. */
export const sessionEndReason = printableText(limits.sessionEndReasonLength).meta({
  description: 'Told to the client as `detail`.',
  example: 'Signed in elsewhere',
});

/** A session that others than its gateway have ended, and what its client has to hear. */
export const sessionEnding = z.object({ sessionId: z.uuid(), error: wireError });
export type SessionEnding = z.infer<typeof sessionEnding>;

/** Open sessions of a user whose gateways live; never more than a user may have, but for a change of that limit. */
export const listSessions = call(
  'sessions.list',
  z.object({ applicationId, userId }),
  z.object({ sessions: z.array(sessionView) }),
);

/** Ends one session; with a user's id, only one of that user. Safe to repeat: then it is not found. */
export const endSession = call(
  'sessions.end',
  z.object({
    applicationId,
    sessionId: z.uuid(),
    userId: userId.nullable(),
    reason: sessionEndReason.nullable(),
  }),
  z.object({}),
);

/** Ends all sessions that the user has now. */
export const endSessions = call(
  'sessions.end-all',
  z.object({
    applicationId,
    userId,
    reason: sessionEndReason.nullable(),
    request: idempotentRequest.nullable(),
  }),
  z.object({ ended: z.int() }),
);

/**
 * What a gateway asks every second: which of its sessions others have ended. `told` are those of earlier answers that it
 * has let go; the others are answered again. At most 1,000.
 */
export const endedSessions = call(
  'sessions.ended',
  z.object({ incarnation: z.uuid(), told: z.array(z.uuid()) }),
  z.object({ ended: z.array(sessionEnding) }),
  1_000,
);
