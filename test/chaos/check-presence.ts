import type { Attendance } from './attendance.js';
import type { Report } from './findings.js';
import type { Outages } from './outages.js';
import type { ClientRecord, RunRecords, Snapshot, Span } from './records.js';
import type { SessionChange } from './tables.js';

/** What the platform said about who is connected, against what the clients know. */
export function checkSnapshots(
  snapshots: readonly Snapshot[],
  userIds: readonly string[],
  attendance: Attendance,
  report: Report,
): { online: number; offline: number } {
  const confirmed = { online: 0, offline: 0 };
  const told = new Set<string>();
  // Once per user and kind: a wrong state that lasts is one error.
  const tell = (what: string, userId: string, { askedAt, answeredAt }: Snapshot): void => {
    if (told.has(`${what} ${userId}`)) return;
    told.add(`${what} ${userId}`);
    report('presenceErrors', what, { userId, askedAt, answeredAt, spans: attendance.spansOf(userId) });
  };
  for (const snapshot of snapshots) {
    const { askedAt, answeredAt, online } = snapshot;
    for (const userId of userIds) {
      if (online.has(userId)) {
        if (attendance.isAway(userId, askedAt, answeredAt))
          tell('away for longer than lease + 2 s, but said to be online', userId, snapshot);
        else confirmed.online += 1;
      } else if (attendance.steady(userId, askedAt, answeredAt) !== undefined) {
        tell('connected, but said to be offline', userId, snapshot);
      } else if (attendance.isAway(userId, askedAt, answeredAt)) confirmed.offline += 1;
    }
  }
  return confirmed;
}

/** The log of transitions: each session online and offline in turn, and offline in time. */
export function checkSessions(
  { sessionChanges, clients }: Pick<RunRecords, 'sessionChanges' | 'clients'>,
  attendance: Attendance,
  outages: Outages,
  report: Report,
): void {
  const sessions = Map.groupBy(sessionChanges, ({ sessionId }) => sessionId);
  for (const changes of sessions.values()) checkAlternation(changes, report);
  const known = new Set<string>();
  for (const client of clients) {
    for (const span of client.spans) {
      if (span.sessionId === undefined) continue;
      known.add(span.sessionId);
      checkSpan(client, span, sessions.get(span.sessionId) ?? [], attendance, outages, report);
    }
  }
  for (const [sessionId, changes] of sessions) {
    if (!known.has(sessionId)) checkUnknown(changes, attendance, outages, report);
  }
}

function checkAlternation(changes: readonly SessionChange[], report: Report): void {
  changes.forEach((change, index) => {
    const before = changes[index - 1];
    const isNext = change.epoch === (before?.epoch ?? 0) + 1;
    const isInTurn = change.isOnline === (before === undefined ? true : !before.isOnline);
    if (!isNext || !isInTurn) {
      report('presenceErrors', 'session: not online and offline in turn, epoch by epoch', { change, before });
    } else if (before !== undefined && change.at < before.at) {
      report('presenceErrors', 'session: a transition before the one before', { change, before });
    }
  });
}

/** A connection that a client was told of. */
function checkSpan(
  { name, user }: ClientRecord,
  span: Span,
  changes: readonly SessionChange[],
  attendance: Attendance,
  outages: Outages,
  report: Report,
): void {
  const evidence = { client: name, span, changes };
  if (changes[0]?.userId !== user.id) {
    report('presenceErrors', 'session: connected, but never online', evidence);
    return;
  }
  const last = changes.at(-1)!;
  if (span.closedAt !== undefined) {
    const deadline = outages.offlineDeadline(span.closedAt);
    if (last.isOnline || last.at > deadline)
      report('presenceErrors', 'session: not offline within lease + 2 s', { ...evidence, deadline });
  }
  for (const { at, isOnline } of changes) {
    if (!isOnline && attendance.isSteady(span, at, at))
      report('presenceErrors', 'session: offline while it was connected', evidence);
  }
}

/** A session of which its client was never told, for instance because it gave up meanwhile: some attempt explains it. */
function checkUnknown(
  changes: readonly SessionChange[],
  attendance: Attendance,
  outages: Outages,
  report: Report,
): void {
  const [first] = changes;
  if (first === undefined) return;
  const last = changes.at(-1)!;
  const isExplained = attendance.spansOf(first.userId).some(({ openedAt, closedAt, sessionId }) => {
    if (sessionId !== undefined || openedAt > first.at) return false;
    return closedAt === undefined || (!last.isOnline && last.at <= outages.offlineDeadline(closedAt));
  });
  if (!isExplained)
    report('presenceErrors', 'session: online, though its client was gone for longer than lease + 2 s', {
      changes,
      spans: attendance.spansOf(first.userId),
    });
}
