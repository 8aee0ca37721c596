import { z } from 'zod';
import { applicationId, conversationId, eventId, timestamp, userId } from '#contracts/identifiers.js';
import { conversationKind } from '#contracts/conversations.js';
import { origin } from '#contracts/event.js';
import { pushPayload } from '#contracts/hooks/answers.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { bodyOf, contentOf } from './preview.port.js';
import type { Absentees } from './absentees.js';
import type { StoredBroadcast, StoredChange, StoredMessage } from './stored-message.js';

/** Whom to notify of what: not the message itself. */
const absenceJob = z.object({
  applicationId,
  conversationId,
  userIds: z.array(userId).readonly(),
  content: z.object({ title: z.string(), body: z.string(), push: pushPayload.optional() }),
  expiresAt: timestamp.optional(),
});
export type AbsenceJob = z.output<typeof absenceJob>;

/** Whom hooks are asked about first. What the message says is read when they were. */
const hookedJob = z.object({
  applicationId,
  conversationId,
  conversationKind,
  origin,
  userIds: z.array(userId).readonly(),
  mutedUserIds: z.array(userId).readonly(),
  /** What devices get unless a hook says otherwise. */
  push: pushPayload.optional(),
});
export type HookedJob = z.output<typeof hookedJob>;

/** What has become of a message that users may have been notified of; without a body it is gone. */
const changeJob = z.object({ applicationId, changedEventId: eventId, body: z.string().nullable() });
type ChangeJob = z.output<typeof changeJob>;

/** A broadcast, of which everybody is notified who is absent. */
const walkJob = z.object({
  kind: z.literal('walk'),
  applicationId,
  conversationId,
  content: z.object({ title: z.string(), body: z.string(), push: pushPayload }),
});
export type WalkJob = z.output<typeof walkJob>;

export function readJob(payload: string): AbsenceJob | HookedJob | ChangeJob | WalkJob {
  return z.union([walkJob, hookedJob, absenceJob, changeJob]).parse(JSON.parse(payload));
}

/** A job's place: an application whose hooks hang does not take those of others. */
function targetOf(provider: string, applicationId: string): string {
  return `${provider}:${applicationId}`;
}

/** Apart, since it takes minutes: the messages of a service to single users do not wait behind it. */
function targetOfBroadcasts(provider: string, applicationId: string): string {
  return `${targetOf(provider, applicationId)}:broadcasts`;
}

/** The job that notifies all users of a broadcast. */
export function walkJobFor(
  provider: string,
  { applicationId, conversationKey, conversationKind, event, push }: StoredBroadcast,
): NewJob {
  const { id: eventId, conversationId, seq } = event;
  const content = { ...contentOf(conversationKind, event), push };
  const job: WalkJob = { kind: 'walk', applicationId, conversationId, content };
  const target = targetOfBroadcasts(provider, applicationId);
  return { target, owner: applicationId, lane: conversationKey, seq, eventId, payload: JSON.stringify(job) };
}

/** The job that notifies these users of a message. */
export function jobFor(
  provider: string,
  { applicationId, conversationKey, conversationKind, push, event }: StoredMessage,
  userIds: readonly string[],
): NewJob {
  const { id: eventId, conversationId, seq, expiresAt } = event;
  const job: AbsenceJob = {
    applicationId,
    conversationId,
    userIds,
    content: { ...contentOf(conversationKind, event), ...(push && { push }) },
    ...(expiresAt !== undefined && { expiresAt }),
  };
  const target = targetOf(provider, applicationId);
  return { target, owner: applicationId, lane: conversationKey, seq, eventId, payload: JSON.stringify(job) };
}

/** The job that asks the hooks whom to notify of a message. */
export function hookedJobFor(
  provider: string,
  { applicationId, conversationKey, conversationKind, origin, push, event }: StoredMessage,
  absentees: Absentees,
): NewJob {
  const { id: eventId, conversationId, seq } = event;
  const job: HookedJob = { applicationId, conversationId, conversationKind, origin, ...absentees, push };
  const target = targetOf(provider, applicationId);
  return { target, owner: applicationId, lane: conversationKey, seq, eventId, payload: JSON.stringify(job) };
}

/**
 * The job that makes notifications say no more than the message does. Same target and lane, later seq: it runs after `jobFor`'s,
 * and after `walkJobFor`'s.
 */
export function changeJobFor(
  provider: string,
  { applicationId, conversationKey, conversationKind, event, isOfBroadcast }: StoredChange,
): NewJob {
  const isGone = event.type === 'message.recalled' || event.content.type === 'recalled';
  const job: ChangeJob = {
    applicationId,
    changedEventId: event.targetId,
    body: isGone ? null : bodyOf(conversationKind, event.content),
  };
  return {
    ...{
      target: isOfBroadcast ? targetOfBroadcasts(provider, applicationId) : targetOf(provider, applicationId),
      owner: applicationId,
      lane: conversationKey,
      seq: event.seq,
      eventId: event.id,
    },
    payload: JSON.stringify(job),
  };
}
