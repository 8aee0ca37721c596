import type { Cast } from './cast.js';
import { checkHeard, checkUserHistory, missingOf } from './check-heard.js';
import { checkAcknowledgements, checkTimelines } from './check-history.js';
import { checkLeaks } from './check-leaks.js';
import { checkArrivals, checkRecipients } from './check-receivers.js';
import type { Report } from './findings.js';
import type { Sent } from './load.js';
import type { Platform } from './platform.js';
import type { RunTables } from './tables.js';
import { Truth } from './visible.js';
import type { Wording } from './wording.js';

interface Checked {
  readonly platform: Platform;
  readonly cast: Cast;
  readonly wording: Wording;
  readonly sent: readonly Sent[];
}

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

/** Reads the clients' records, the tables, the files and the receivers, and reports whatever breaks a promise. */
export async function checkEverything(
  { platform, cast, wording, sent }: Checked,
  report: Report,
): Promise<void> {
  const truth = await loadTruth(platform.tables);
  checkTimelines(truth, sent, wording, report);
  checkAcknowledgements(truth, sent, report);
  checkHeard(truth, cast.clients, report);
  const webhookArrivals = cast.webhook.received.map(({ id, body }) => ({ id, event: body.data }));
  checkArrivals('webhook', truth, () => true, webhookArrivals, report);
  const afterArrivals = cast.afterHook.received.map(({ id, body }) => ({ id, event: body.event }));
  checkArrivals('after-hook', truth, ({ type }) => !type.startsWith('member.'), afterArrivals, report);
  checkRecipients(truth, cast.afterHook.bodies, report);
  for (const { id, event } of webhookArrivals) {
    if (id !== event.id) report('doubled', 'webhook: not under the id of the event', { id, event });
  }
  await checkHistories(cast, truth, report);
  await checkLeaks({ tables: platform.tables, dataDirectory: platform.dataDirectory, cast }, wording, report);
}

/** By the platform's own door: what present members read. */
async function checkHistories({ users, placesOf }: Cast, truth: Truth, report: Report): Promise<void> {
  for (const user of users) {
    for (const conversation of truth.conversations) {
      if (!placesOf(user).includes(conversation.id)) continue;
      const [stay] = truth.staysOf(user.id, conversation.id).slice(-1);
      if (stay?.leftSeq !== null) continue;
      checkUserHistory(truth, user.id, conversation, await user.history(conversation), report);
    }
  }
}
