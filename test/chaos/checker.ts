import { Attendance } from './attendance.js';
import type { Cast } from './cast.js';
import { checkBroadcasts, missingBroadcasts } from './check-broadcasts.js';
import { checkHeard, checkUserHistory, missingOf } from './check-heard.js';
import { checkAcknowledgements, checkTimelines } from './check-history.js';
import { checkTexts } from './check-leaks.js';
import { checkNotifications } from './check-notifications.js';
import { checkSessions, checkSnapshots } from './check-presence.js';
import { checkReceipts } from './check-receipts.js';
import { checkArrivals, checkRecipients } from './check-receivers.js';
import type { Report } from './findings.js';
import { Outages } from './outages.js';
import type { RunRecords } from './records.js';
import type { RunTables } from './tables.js';
import { isSaid, Truth } from './visible.js';
import type { Wording } from './wording.js';

export async function loadTruth(tables: RunTables): Promise<Truth> {
  return new Truth(await tables.conversations(), await tables.events(), await tables.stays());
}

/** How many events clients have still to hear. */
export function stillMissing(truth: Truth, { clients }: Cast): number {
  const missing = clients
    .flatMap((client) =>
      truth.conversations.map((conversation) => missingOf(truth, client, conversation).length),
    )
    .reduce((sum, count) => sum + count, 0);
  return missing + missingBroadcasts(truth, clients);
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
  checkArrivals('after-hook', truth, isSaid, afterArrivals, report);
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
    receipts: checkReceipts(truth, report),
    broadcasts: checkBroadcasts(truth, clients, report),
    presence: checkSnapshots(records.snapshots, userIds, attendance, report),
    notifications: checkNotifications(records, attendance, report),
  };
}

/** By the platform's own door: what present members read, and what everybody does of a service. */
export async function checkHistories({ users, placesOf }: Cast, truth: Truth, report: Report): Promise<void> {
  for (const user of users) {
    for (const conversation of truth.conversations) {
      if (truth.services.has(conversation.id))
        checkUserHistory(truth, user.id, conversation, await user.history(conversation), report);
      if (!placesOf(user).includes(conversation.id)) continue;
      const [stay] = truth.staysOf(user.id, conversation.id).slice(-1);
      if (stay?.leftSeq !== null) continue;
      checkUserHistory(truth, user.id, conversation, await user.history(conversation), report);
    }
  }
}
