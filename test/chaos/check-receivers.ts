import type { TimelineEvent } from '#contracts/event.js';
import type { MessageSentRequest } from '#contracts/hooks/requests.js';
import type { Report } from './findings.js';
import type { StoredEvent } from './tables.js';
import { storedText, type Truth } from './visible.js';
import { textOf } from './wording.js';

/** One call of a webhook or an after-hook, in the order of arrival. */
interface Arrival {
  /** Header `webhook-id`. */
  readonly id: string;
  readonly event: TimelineEvent;
}

/** A receiver got every event that it wants at least once, under one id, and first arrivals in order. */
export function checkArrivals(
  receiver: string,
  truth: Truth,
  wanted: (event: StoredEvent) => boolean,
  arrivals: readonly Arrival[],
  report: Report,
): void {
  const first = new Map<string, Arrival>();
  const lastSeq = new Map<string, Arrival>();
  const ids = new Map<string, string>();
  for (const arrival of arrivals) {
    const { event, id } = arrival;
    const earlier = first.get(event.id);
    if (earlier !== undefined) {
      if (earlier.id !== id)
        report('doubled', `${receiver}: redelivered under another id`, { arrival, earlier });
      continue;
    }
    first.set(event.id, arrival);
    if (ids.has(id))
      report('doubled', `${receiver}: two events under one id`, { arrival, other: ids.get(id) });
    ids.set(id, event.id);
    const before = lastSeq.get(event.conversationId);
    if (before !== undefined && before.event.seq > event.seq) {
      report('reordered', `${receiver}: told after a later event`, { arrival, before });
    }
    lastSeq.set(event.conversationId, arrival);
    checkStored(receiver, truth, arrival, report);
  }
  for (const event of truth.events) {
    if (wanted(event) && !first.has(event.id))
      report('webhooksMissing', `${receiver}: never told`, { event });
  }
}

function checkStored(receiver: string, truth: Truth, { event }: Arrival, report: Report): void {
  const stored = truth.byId.get(event.id);
  if (stored === undefined) {
    report('lost', `${receiver}: told of an event that is not in the history`, { event });
    return;
  }
  const text = 'content' in event ? textOf(event.content) : 'data' in event ? textOf(event.data) : '';
  const isSame =
    stored.seq === event.seq && (stored.type.startsWith('member.') || text === storedText(stored));
  if (!isSame) report('doubled', `${receiver}: told otherwise than it is stored`, { event, stored });
}

/** Whom an after-hook was told of: each once, present or not, and nobody who may not see the event. */
export function checkRecipients(truth: Truth, calls: readonly MessageSentRequest[], report: Report): void {
  for (const { event, onlineRecipients, offlineRecipients } of calls) {
    const stored = truth.byId.get(event.id);
    const conversation = truth.conversations.find(({ id }) => id === event.conversationId);
    if (stored === undefined || conversation === undefined) continue;
    const named = [...onlineRecipients, ...offlineRecipients];
    if (new Set(named).size < named.length) {
      report('presenceErrors', 'after-hook: a recipient both online and offline', { event, named });
    }
    for (const userId of named) {
      const stays = truth.staysOf(userId, conversation.id);
      if (truth.mustBeSeen(stored, userId, stays, 'start')) continue;
      report('leaked', 'after-hook: names a recipient who may not see it', { userId, event, stays });
    }
    const isListed = stored.audience === 'listed';
    const missing = isListed ? stored.recipients.filter((userId) => !named.includes(userId)) : [];
    if (missing.length > 0)
      report('presenceErrors', 'after-hook: names not every recipient', { event, missing });
  }
}
