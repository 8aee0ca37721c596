import type { Report } from './findings.js';
import type { Sent } from './records.js';
import type { StoredEvent } from './tables.js';
import { isSaid, storedText, type Truth } from './visible.js';
import { rejectionCode, type Wording } from './wording.js';

/** Refusals that a sender has to live with: it was removed, or the hook said so. */
const honestRefusals = new Set(['not_a_member', 'rejected_by_hook']);

/** Timelines: gap-free, in the order of time, and each text once, as the hook made it. */
export function checkTimelines(truth: Truth, sent: readonly Sent[], wording: Wording, report: Report): void {
  const known = new Map(sent.map((one) => [one.id, one]));
  const seen = new Map<string, StoredEvent>();
  for (const { id, lastSeq } of truth.conversations) {
    const events = truth.eventsOf.get(id) ?? [];
    events.forEach((event, index) => {
      const before = events[index - 1];
      if (event.seq !== (before?.seq ?? 0) + 1) report('gaps', 'a seq is missing', { event, before });
      if (before !== undefined && event.timestamp < before.timestamp) {
        report('reordered', 'a timestamp before that of the event before', { event, before });
      }
      if (event.senderId === null || !isSaid(event)) return;
      checkText(event, known, seen, wording, report);
    });
    if ((events.at(-1)?.seq ?? 0) !== lastSeq)
      report('gaps', 'the head is not the last event', { id, lastSeq });
  }
}

function checkText(
  event: StoredEvent,
  known: ReadonlyMap<string, Sent>,
  seen: Map<string, StoredEvent>,
  wording: Wording,
  report: Report,
): void {
  const [, id = ''] = storedText(event).split(' ');
  const sent = known.get(id);
  if (sent === undefined) {
    report('doubled', 'a message that nobody sent', event);
    return;
  }
  const other = seen.get(id);
  if (other !== undefined) report('doubled', 'one message stored twice', { sent, event, other });
  seen.set(id, event);
  if (sent.treatment === 'drop' || sent.treatment === 'reject') {
    report('leaked', 'stored, though the hook refused it', { sent, event });
  } else if (storedText(event) !== wording.clean(id, sent.treatment)) {
    report('leaked', 'stored otherwise than the hook made it', { sent, event });
  }
  const isNarrow = sent.treatment === 'narrow';
  if (isNarrow !== (event.audience === 'listed')) {
    report('leaked', 'stored for others than the hook said', { sent, event });
  }
}

/** What senders were told, against what is stored. */
export function checkAcknowledgements(truth: Truth, sent: readonly Sent[], report: Report): void {
  for (const one of sent) {
    checkOutcome(truth, one, report);
    const { outcome, repeated } = one;
    if (repeated !== undefined && JSON.stringify(repeated) !== JSON.stringify(outcome)) {
      report('doubled', 'the same key was answered with another outcome', one);
    }
  }
  checkOrder(sent, report);
}

function checkOutcome(truth: Truth, one: Sent, report: Report): void {
  const { outcome } = one;
  switch (outcome.kind) {
    case 'stored': {
      const event = truth.byId.get(outcome.eventId);
      const isThere =
        event?.seq === outcome.seq &&
        event.conversationId === one.conversationId &&
        event.timestamp === outcome.timestamp &&
        event.senderId === one.userId &&
        storedText(event).split(' ')[1] === one.id;
      if (!isThere) report('lost', 'acknowledged, but not in the history as acknowledged', { one, event });
      return;
    }
    case 'dropped':
      if (one.treatment !== 'drop') report('lost', 'dropped, though no hook said so', one);
      return;
    case 'refused':
      if (!honestRefusals.has(outcome.error.code)) report('lost', 'refused without a reason', one);
      if (outcome.error.code === 'rejected_by_hook' && outcome.error.hook?.code !== rejectionCode) {
        report('lost', 'rejected without the code of the hook', one);
      }
      return;
    case 'unknown':
      report('lost', 'never acknowledged, although everything ran again', one);
  }
}

/** Each client sends one message after the other: later acknowledgements have higher seqs within a conversation. */
function checkOrder(sent: readonly Sent[], report: Report): void {
  const lanes = Map.groupBy(sent, ({ client, conversationId }) => `${client} ${conversationId}`);
  for (const lane of lanes.values()) {
    let last: Sent | undefined;
    for (const one of lane) {
      if (one.outcome.kind !== 'stored') continue;
      if (last?.outcome.kind === 'stored' && last.outcome.seq >= one.outcome.seq) {
        report('reordered', 'a later message of one sender stands before an earlier one', { last, one });
      }
      last = one;
    }
  }
}
