import { z } from 'zod';
import { applicationId, conversationId, timestamp, userId } from '#contracts/identifiers.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { contentOf } from './preview.port.js';
import type { StoredMessage } from './stored-message.js';

/** Whom to notify of what: not the message itself. */
const absenceJob = z.object({
  applicationId,
  conversationId,
  userIds: z.array(userId).readonly(),
  content: z.object({ title: z.string(), body: z.string() }),
  expiresAt: timestamp.optional(),
});
export type AbsenceJob = z.output<typeof absenceJob>;

export function readAbsenceJob(payload: string): AbsenceJob {
  return absenceJob.parse(JSON.parse(payload));
}

/** The job that notifies these users of a message. */
export function jobFor(
  target: string,
  { applicationId, conversationKey, conversationKind, event }: StoredMessage,
  userIds: readonly string[],
): NewJob {
  const { id: eventId, conversationId, seq, expiresAt } = event;
  const job: AbsenceJob = {
    applicationId,
    conversationId,
    userIds,
    content: contentOf(conversationKind, event),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  return { target, lane: conversationKey, seq, eventId, payload: JSON.stringify(job) };
}
