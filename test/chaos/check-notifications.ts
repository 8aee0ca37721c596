import type { Attendance } from './attendance.js';
import type { Report } from './findings.js';
import type { RunRecords } from './records.js';
import type { StoredEvent } from './tables.js';
import type { Truth } from './visible.js';

type Pushed = Pick<RunRecords, 'truth' | 'notifications' | 'notifyingJobs'>;

/** Messages alone notify: whoever was away until it was decided, and nobody who was there all the time. */
export function checkNotifications(
  { truth, notifications, notifyingJobs }: Pushed,
  attendance: Attendance,
  report: Report,
): { pushed: number; spared: number } {
  const confirmed = { pushed: 0, spared: 0 };
  const pushes = new Map(notifications.map((one) => [`${one.eventId} ${one.userId}`, one]));
  const finished = new Map(notifyingJobs.map(({ eventId, finishedAt }) => [eventId, finishedAt]));
  for (const event of truth.events) {
    if (event.type !== 'message') continue;
    const decidedAt = finished.get(event.id);
    if (decidedAt === undefined) {
      report('webhooksMissing', 'push: never decided', { event });
      continue;
    }
    for (const userId of audienceOf(truth, event, decidedAt)) {
      const push = pushes.get(`${event.id} ${userId}`);
      const until = Math.max(decidedAt, push?.createdAt ?? 0);
      const steady = attendance.steady(userId, event.timestamp, until);
      const evidence = { userId, event, decidedAt, push, spans: attendance.spansOf(userId) };
      if (push === undefined && attendance.isKnownAbsent(userId, event.timestamp, decidedAt)) {
        report('webhooksMissing', 'push: absent, and never notified', evidence);
      } else if (push !== undefined && steady !== undefined) {
        report('presenceErrors', 'push: notified, though connected all the time', { ...evidence, steady });
      } else if (push !== undefined) confirmed.pushed += 1;
      else if (steady !== undefined) confirmed.spared += 1;
    }
  }
  checkAddressees(truth, notifications, report);
  return confirmed;
}

/** Those who certainly are told of it: in the conversation, or named, from the message until it was decided. */
function audienceOf(truth: Truth, event: StoredEvent, decidedAt: number): string[] {
  const users =
    event.audience === 'listed'
      ? event.recipients
      : truth.stays
          .filter((stay) => stay.conversationId === event.conversationId && stay.joinedSeq <= event.seq)
          .filter(
            ({ leftSeq }) => leftSeq === null || truth.timeOf(event.conversationId, leftSeq) > decidedAt,
          )
          .map(({ userId }) => userId);
  return [...new Set(users)].filter((userId) => userId !== event.senderId);
}

function checkAddressees(truth: Truth, notifications: RunRecords['notifications'], report: Report): void {
  for (const { eventId, userId } of notifications) {
    const event = truth.byId.get(eventId);
    if (event === undefined) {
      report('lost', 'push: about an event that is not in the history', { eventId, userId });
    } else if (
      event.senderId === userId ||
      !truth.mustBeSeen(event, userId, truth.staysOf(userId, event.conversationId), 'start')
    ) {
      report('leaked', 'push: to somebody who may not see it, or who sent it', { userId, event });
    }
  }
}
