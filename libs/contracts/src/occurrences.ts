import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { hookRequests } from './hooks/requests.js';
import { applicationId, conversationKey, timestamp } from './identifiers.js';

/*
 * What after-hooks are told waits in the conversation app until hook-engine has taken it over: take, keep, confirm. Whatever
 * is not confirmed is answered again, so that each of the two may die, and replicas may take the same at the same time.
 */

/** Counts what happened; within a lane in the order in which it did. */
const number = z.int().min(1);

/** Something that happened to a conversation. */
export const occurrence = z.object({
  number,
  id: z.uuid(),
  lane: conversationKey,
  /** As hooks get it, without the id of the call. */
  request: z.discriminatedUnion('hook', [
    hookRequests.conversationStarted.omit({ id: true }),
    hookRequests.conversationAdded.omit({ id: true }),
    hookRequests.conversationRemoved.omit({ id: true }),
  ]),
});
export type Occurrence = z.infer<typeof occurrence>;

/** The first of what has not been confirmed, of all applications; empty: there is nothing. */
export const takeOccurrences = call(
  'occurrences.take',
  z.object({}),
  z.object({ occurrences: z.array(occurrence) }),
);

/** They are kept elsewhere now. Safe to repeat. */
export const confirmOccurrences = call(
  'occurrences.confirm',
  z.object({ numbers: z.array(number) }),
  z.object({}),
);

/** A session that was opened, or is over. */
export const sessionOccurrence = z.object({
  number,
  request: z.discriminatedUnion('hook', [
    hookRequests.clientOnline.omit({ id: true }),
    hookRequests.clientOffline.omit({ id: true }),
  ]),
});
export type SessionOccurrence = z.infer<typeof sessionOccurrence>;

/** Applications that one question names. */
export const applicationsAtOnce = 500;

/** As `takeOccurrences`, of the sessions of these applications, each since it has had hooks that are told of them. */
export const takeSessionChanges = call(
  'occurrences.sessions.take',
  z.object({
    applications: z.array(z.object({ applicationId, since: timestamp })).max(applicationsAtOnce),
  }),
  z.object({ occurrences: z.array(sessionOccurrence) }),
);

export const confirmSessionChanges = call(
  'occurrences.sessions.confirm',
  z.object({ numbers: z.array(number) }),
  z.object({}),
);

/** Core NATS nudge after a commit: there is something to take. Losing it costs at most a poll (1 s). */
export const occurrenceNudge = `${subjectRoot}.nudge.occurrence`;
