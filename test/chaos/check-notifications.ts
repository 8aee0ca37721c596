import type { Attendance } from './attendance.js';
import type { Report } from './findings.js';
import type { RunRecords } from './records.js';
import type { StoredEvent } from './tables.js';
import type { Truth } from './visible.js';

type Pushed = Pick<RunRecords, 'truth' | 'notifications' | 'notifyingJobs' | 'notifyingProgress'>;

/** Messages alone notify: whoever was away until it was decided, and nobody who was there all the time. */
export function checkNotifications(
  { truth, notifications, notifyingJobs, notifyingProgress }: Pushed,
  attendance: Attendance,
  report: Report,
): { pushed: number; spared: number } {
  const confirmed = { pushed: 0, spared: 0 };
  const pushes = new Map(notifications.map((one) => [`${one.eventId} ${one.userId}`, one]));
  const progress = new Map(notifyingProgress.map(({ conversationKey, seq }) => [conversationKey, seq]));
  const jobs = Map.groupBy(notifyingJobs, ({ conversationKey }) => conversationKey);
  for (const event of truth.events) {
    if (event.type !== 'message') continue;
    if (event.seq > (progress.get(event.conversationKey) ?? 0)) {
      report('webhooksMissing', 'push: never decided', { event });
      continue;
    }
    // Nobody is notified of one unless it is asked for.
    if (event.audience === 'broadcast') continue;
    const decidedAt = decisionOf(event, jobs.get(event.conversationKey) ?? []);
    for (const userId of audienceOf(truth, event, decidedAt)) {
      const push = pushes.get(`${event.id} ${userId}`);
      const steady = attendance.steady(userId, event.timestamp, push?.createdAt ?? decidedAt);
      const evidence = { userId, event, decidedAt, push, spans: attendance.spansOf(userId) };
      if (push === undefined && isMissed(truth, event, attendance, { userId, decidedAt })) {
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

/** When it was certainly decided: in order, so before anything later of the conversation; Infinity when nothing tells. */
function decisionOf({ seq }: StoredEvent, jobs: RunRecords['notifyingJobs']): number {
  return Math.min(...jobs.filter((job) => job.seq >= seq).map(({ createdAt }) => createdAt));
}

/** Absent, and still one of those to be told, when it was decided. */
function isMissed(
  truth: Truth,
  event: StoredEvent,
  attendance: Attendance,
  { userId, decidedAt }: { readonly userId: string; readonly decidedAt: number },
): boolean {
  const until = attendance.absentUntil(userId, event.timestamp, decidedAt);
  return until !== null && audienceOf(truth, event, until).includes(userId);
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
