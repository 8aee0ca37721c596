import { isDeepStrictEqual } from 'node:util';
import type { TimelineEvent } from '#contracts/event.js';
import type { Report } from './findings.js';
import type { ClientRecord, HeardEvent } from './records.js';
import type { StoredConversation } from './tables.js';
import { storedText, type Truth } from './visible.js';
import { textOf } from './wording.js';

/** What each client heard of conversations: everything visible once and in order, and nothing else. */
export function checkHeard(truth: Truth, clients: readonly ClientRecord[], report: Report): void {
  for (const client of clients) {
    const heard = Map.groupBy(client.heard, ({ event }) => event.conversationId);
    for (const conversation of truth.conversations) {
      if (truth.services.has(conversation.id)) continue;
      checkOne(truth, client, conversation, heard.get(conversation.id) ?? [], report);
    }
  }
}

/** Events that the client has still to hear. */
export function missingOf(truth: Truth, client: ClientRecord, { id, historyVisibility }: StoredConversation) {
  const userId = client.user.id;
  const stays = truth.staysOf(userId, id);
  const heard = new Set(
    client.heard.filter(({ event }) => event.conversationId === id).map(({ event }) => event.id),
  );
  // Who came and went while it was away, and knows nothing of the conversation, has nothing to resume.
  if (heard.size === 0 && stays.every(({ leftSeq }) => leftSeq !== null)) return [];
  const skipped = client.skipped.filter(({ conversationId }) => conversationId === id);
  return (truth.eventsOf.get(id) ?? []).filter(
    (event) =>
      truth.mustBeSeen(event, userId, stays, historyVisibility) &&
      !heard.has(event.id) &&
      !skipped.some(({ from, to }) => event.seq > from && event.seq <= to),
  );
}

function checkOne(
  truth: Truth,
  client: ClientRecord,
  conversation: StoredConversation,
  heard: readonly HeardEvent[],
  report: Report,
): void {
  const who = { client: client.name, conversationId: conversation.id };
  const stays = truth.staysOf(client.user.id, conversation.id);
  const seen = new Map<string, HeardEvent>();
  let last: HeardEvent | undefined;
  for (const one of heard) {
    const twin = seen.get(one.event.id);
    if (twin !== undefined) report('doubled', 'heard twice', { ...who, one, twin });
    else if (last !== undefined && one.event.seq <= last.event.seq) {
      report('reordered', 'heard after a later one', { ...who, one, last });
    }
    seen.set(one.event.id, one);
    last = one;
    const stored = truth.byId.get(one.event.id);
    if (stored === undefined) {
      report('lost', 'heard, but not in the history', { ...who, one });
    } else {
      if (!truth.mayBeSeen(stored, client.user.id, stays, conversation.historyVisibility)) {
        report('leaked', 'heard by somebody who may not see it', { ...who, one, stored, stays });
      }
      if (stored.seq !== one.event.seq || heardText(one.event) !== heardOf(stored.type, storedText(stored))) {
        report('doubled', 'heard otherwise than it is stored', { ...who, one, stored });
      }
    }
  }
  for (const event of missingOf(truth, client, conversation)) {
    report('lost', 'never heard', { ...who, event, stays, ...around(client, heard, event.seq) });
  }
}

function heardText(event: TimelineEvent): string {
  if ('content' in event) return textOf(event.content);
  return 'data' in event ? textOf(event.data) : '';
}

const heardOf = (type: string, text: string): string => (type.startsWith('member.') ? '' : text);

/** When and how the client heard the neighbours of what it never heard. */
function around(client: ClientRecord, heard: readonly HeardEvent[], seq: number): object {
  return {
    spans: client.spans,
    before: heard.findLast(({ event }) => event.seq < seq),
    after: heard.find(({ event }) => event.seq > seq),
  };
}

/** What a user reads as history, against what the user may see. */
export function checkUserHistory(
  truth: Truth,
  userId: string,
  conversation: StoredConversation,
  read: readonly TimelineEvent[],
  report: Report,
): void {
  const stays = truth.staysOf(userId, conversation.id).slice(-1);
  const expected = (truth.eventsOf.get(conversation.id) ?? [])
    .filter((event) => truth.mayBeSeen(event, userId, stays, conversation.historyVisibility))
    .map(({ seq, id }) => ({ seq, id }));
  const found = read.map(({ seq, id }) => ({ seq, id }));
  if (isDeepStrictEqual(found, expected)) return;
  const ids = new Set(found.map(({ id }) => id));
  const missing = expected.filter(({ id }) => !ids.has(id));
  const wanted = new Set(expected.map(({ id }) => id));
  const surplus = found.filter(({ id }) => !wanted.has(id));
  const kind =
    missing.length > 0
      ? 'lost'
      : surplus.length > 0
        ? 'leaked'
        : ids.size < found.length
          ? 'doubled'
          : 'reordered';
  report(kind, 'a history is not what its reader may see', { userId, id: conversation.id, missing, surplus });
}
