import { Attendance } from './attendance.js';
import type { Cast } from './cast.js';
import { checkHeard, checkUserHistory, missingOf } from './check-heard.js';
import { checkAcknowledgements, checkTimelines } from './check-history.js';
import { checkTexts } from './check-leaks.js';
import { checkNotifications } from './check-notifications.js';
import { checkSessions, checkSnapshots } from './check-presence.js';
import { checkArrivals, checkRecipients } from './check-receivers.js';
import type { Report } from './findings.js';
import { Outages } from './outages.js';
import type { RunRecords } from './records.js';
import type { RunTables } from './tables.js';
import { Truth } from './visible.js';
import type { Wording } from './wording.js';

export async function loadTruth(tables: RunTables): Promise<Truth> {
  return new Truth(await tables.conversations(), await tables.events(), await tables.stays());
}

/** How many events clients have still to hear. */
export function stillMissing(truth: Truth, { clients }: Cast): number {
  return clients
    .flatMap((client) =>
      truth.conversations.map((conversation) => missingOf(truth, client, conversation).length),
    )
    .reduce((sum, count) => sum + count, 0);
}

/**
 * Compares what everybody wrote down, and reports whatever breaks a promise.
 *
 * @returns how often a check had something to look at and found it right, for those that may find nothing to look at
 */
export function checkRecords(records: RunRecords, wording: Wording, report: Report): object {
  const { truth, sent, clients, webhookCalls, afterHookCalls } = records;
  checkTimelines(truth, sent, wording, report);
  checkAcknowledgements(truth, sent, report);
  checkHeard(truth, clients, report);
  const webhookArrivals = webhookCalls.map(({ id, body }) => ({ id, event: body.data }));
  checkArrivals('webhook', truth, () => true, webhookArrivals, report);
  const afterArrivals = afterHookCalls.map(({ id, body }) => ({ id, event: body.event }));
  checkArrivals('after-hook', truth, ({ type }) => !type.startsWith('member.'), afterArrivals, report);
  checkRecipients(
    truth,
    afterHookCalls.map(({ body }) => body),
    report,
  );
  for (const { id, event } of webhookArrivals) {
    if (id !== event.id) report('doubled', 'webhook: not under the id of the event', { id, event });
  }
  checkTexts(records, wording, report);
  const outages = new Outages(records.outages);
  const attendance = new Attendance(records, outages);
  checkSessions(records, attendance, outages, report);
  const userIds = [...new Set(clients.map(({ user }) => user.id))];
  return {
    presence: checkSnapshots(records.snapshots, userIds, attendance, report),
    notifications: checkNotifications(records, attendance, report),
  };
}

/** By the platform's own door: what present members read. */
export async function checkHistories({ users, placesOf }: Cast, truth: Truth, report: Report): Promise<void> {
  for (const user of users) {
    for (const conversation of truth.conversations) {
      if (!placesOf(user).includes(conversation.id)) continue;
      const [stay] = truth.staysOf(user.id, conversation.id).slice(-1);
      if (stay?.leftSeq !== null) continue;
      checkUserHistory(truth, user.id, conversation, await user.history(conversation), report);
    }
  }
}
