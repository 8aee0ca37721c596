import type { Report } from './findings.js';
import type { StoredConversation, StoredEvent, StoredStay } from './tables.js';
import { isSaid, type Truth } from './visible.js';

/**
 * In conversations whose receipts are events, each step of a user is said once, of what somebody else has said and the user sees,
 * to those who may know; and watermarks and events agree.
 *
 * @returns how many there were
 */
export function checkReceipts(truth: Truth, report: Report): number {
  let count = 0;
  for (const conversation of truth.conversations) {
    const events = truth.eventsOf.get(conversation.id) ?? [];
    const receipts = events.filter(({ type }) => type.startsWith('receipt.'));
    count += receipts.length;
    if (!conversation.receiptsAsEvents) {
      if (receipts.length > 0) report('leaked', 'receipts as events, unasked for', { conversation });
      continue;
    }
    const bySeq = new Map(events.map((event) => [event.seq, event]));
    const seen = new Map<string, StoredEvent>();
    for (const receipt of receipts) {
      const key = `${receipt.type} ${receipt.senderId ?? ''} ${String(receipt.targetSeq)}`;
      const twin = seen.get(key);
      if (twin !== undefined) report('doubled', 'one receipt said twice', { receipt, twin });
      seen.set(key, receipt);
      checkTarget(truth, conversation, receipt, bySeq.get(receipt.targetSeq ?? 0), report);
    }
    for (const stay of truth.stays)
      if (stay.conversationId === conversation.id && stay.leftSeq === null)
        checkWatermarks(events, receipts, stay, report);
  }
  return count;
}

function checkTarget(
  truth: Truth,
  { id, historyVisibility }: StoredConversation,
  receipt: StoredEvent,
  target: StoredEvent | undefined,
  report: Report,
): void {
  const { senderId } = receipt;
  const isOfAnother =
    target !== undefined && isSaid(target) && target.seq < receipt.seq && target.senderId !== senderId;
  if (senderId === null || !isOfAnother) {
    report('doubled', 'a receipt of nothing that somebody else has said', { receipt, target });
    return;
  }
  if (!truth.mayBeSeen(target, senderId, truth.staysOf(senderId, id), historyVisibility))
    report('leaked', 'a receipt of what its user may not see', { receipt, target });
  const isForAll = target.audience === 'everyone';
  const isAsItShould = isForAll
    ? receipt.audience === 'everyone'
    : receipt.audience === 'listed' && receipt.recipients.every((userId) => userId === target.senderId);
  if (!isAsItShould) report('leaked', 'a receipt for others than may know of it', { receipt, target });
}

/** What of a stay was acknowledged is behind its watermark, and of what the watermark has passed the newest was acknowledged. */
function checkWatermarks(
  events: readonly StoredEvent[],
  receipts: readonly StoredEvent[],
  stay: StoredStay,
  report: Report,
): void {
  const { userId, joinedSeq, deliveredSeq, readSeq } = stay;
  const own = receipts.filter(({ senderId, seq }) => senderId === userId && seq > joinedSeq);
  for (const receipt of own) {
    const mark = receipt.type === 'receipt.read' ? readSeq : deliveredSeq;
    if ((receipt.targetSeq ?? 0) > mark) report('lost', 'a receipt beyond the watermark', { receipt, stay });
  }
  for (const [type, mark] of [
    ['receipt.delivered', deliveredSeq],
    ['receipt.read', readSeq],
  ] as const) {
    const newest = events.findLast(
      (event) =>
        isSaid(event) &&
        event.senderId !== userId &&
        event.seq > joinedSeq &&
        event.seq <= mark &&
        (event.audience === 'everyone' || event.recipients.includes(userId)),
    );
    if (newest === undefined) continue;
    if (!own.some((receipt) => receipt.type === type && receipt.targetSeq === newest.seq))
      report('lost', 'a watermark without its receipt', { newest, type, stay });
  }
}
