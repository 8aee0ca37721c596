import { z } from 'zod';
import type { MessageEvent } from '#contracts/event.js';
import { applicationId, conversationId, conversationKey, userId } from '#contracts/identifiers.js';
import { streamEvent, type StreamEvent } from '#contracts/stream.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { contentOf } from './preview.port.js';

/** What has to be known to notify those who are absent: not the message itself. */
const absenceJob = z.object({
  applicationId,
  conversationKey,
  conversationId,
  senderId: userId,
  /** Null stands for all members. */
  audience: z.array(userId).nullable(),
  content: z.object({ title: z.string(), body: z.string() }),
});
export type AbsenceJob = z.output<typeof absenceJob>;

export function readAbsenceJob(payload: string): AbsenceJob {
  return absenceJob.parse(JSON.parse(payload));
}

/** A conversation is a lane. @throws when this release cannot read the event */
export function readEntry(payload: string): InboxEntry {
  const { conversationKey, event } = parse(payload);
  return { lane: conversationKey, seq: event.seq, payload };
}

/** Messages alone notify. */
export function jobsOf(target: string, { payload }: InboxEntry): NewJob[] {
  const stored = parse(payload);
  const { event } = stored;
  if (event.type !== 'message') return [];
  const { conversationKey: lane } = stored;
  const job = JSON.stringify(absenceOf(stored, event));
  return [{ target, lane, seq: event.seq, eventId: event.id, payload: job }];
}

function absenceOf(
  { applicationId, conversationKey, conversationKind, audience }: StreamEvent,
  event: MessageEvent,
): AbsenceJob {
  const { conversationId, senderId } = event;
  return {
    applicationId,
    conversationKey,
    conversationId,
    senderId,
    audience: usersOf(audience),
    content: contentOf(conversationKind, event),
  };
}

function usersOf(audience: StreamEvent['audience']): string[] | null {
  switch (audience.kind) {
    case 'everyone':
      return null;
    case 'listed':
      return [...audience.userIds];
    case 'operators':
      // Their presence is another projection of sessions; it comes with support conversations.
      return [];
  }
}

function parse(payload: string): StreamEvent {
  return streamEvent.parse(JSON.parse(payload));
}
