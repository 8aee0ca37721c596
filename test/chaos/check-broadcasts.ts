import type { Report } from './findings.js';
import type { ClientRecord, HeardEvent } from './records.js';
import type { StoredEvent } from './tables.js';
import { storedText, type Truth } from './visible.js';
import { textOf } from './wording.js';

/**
 * Every user was given every broadcast, on one device or another, and at the first login the last one of those before. Given
 * again it may be, but over another connection, and in whatever order; what is new to a client comes in order.
 *
 * @returns how often one was given, and how often again
 */
export function checkBroadcasts(
  truth: Truth,
  clients: readonly ClientRecord[],
  report: Report,
): { given: number; again: number } {
  const confirmed = { given: 0, again: 0 };
  for (const client of clients) {
    const heard = client.heard.filter(({ event }) => truth.services.has(event.conversationId));
    checkClient(truth, client, heard, report);
    confirmed.again += heard.length - new Set(heard.map(({ event }) => event.id)).size;
  }
  for (const [userId, devices] of Map.groupBy(clients, ({ user }) => user.id)) {
    const due = dueTo(truth, devices);
    const given = givenTo(devices);
    for (const event of truth.broadcasts) {
      const evidence = { userId, event, spans: devices.map(({ spans }) => spans) };
      if (due.has(event) && !given.has(event.id)) report('lost', 'broadcast: never given', evidence);
      else if (due.has(event)) confirmed.given += 1;
      else if (given.has(event.id))
        report('doubled', 'broadcast: of a time before the first login', evidence);
    }
  }
  return confirmed;
}

/** How many broadcasts users have still to be given. */
export function missingBroadcasts(truth: Truth, clients: readonly ClientRecord[]): number {
  return [...Map.groupBy(clients, ({ user }) => user.id).values()]
    .map((devices) => {
      const given = givenTo(devices);
      return [...dueTo(truth, devices)].filter(({ id }) => !given.has(id)).length;
    })
    .reduce((sum, count) => sum + count, 0);
}

function givenTo(devices: readonly ClientRecord[]): ReadonlySet<string> {
  return new Set(devices.flatMap(({ heard }) => heard.map(({ event }) => event.id)));
}

function dueTo({ broadcasts }: Truth, devices: readonly ClientRecord[]): ReadonlySet<StoredEvent> {
  const logins = devices.flatMap(({ spans }) => spans.flatMap(({ readyAt }) => readyAt ?? []));
  const first = Math.min(...logins);
  const last = broadcasts.findLast(({ timestamp }) => timestamp < first);
  return new Set(broadcasts.filter((event) => event === last || event.timestamp >= first));
}

function checkClient(
  truth: Truth,
  { name }: ClientRecord,
  heard: readonly HeardEvent[],
  report: Report,
): void {
  const known = new Map<string, HeardEvent>();
  let last: HeardEvent | undefined;
  for (const one of heard) {
    const { event } = one;
    const before = known.get(event.id);
    const evidence = { client: name, one, before, last };
    if (before?.connection === one.connection)
      report('doubled', 'broadcast: heard twice over one connection', evidence);
    known.set(event.id, one);
    if (before === undefined) {
      if (last !== undefined && event.seq < last.event.seq)
        report('reordered', 'broadcast: heard after a later one', evidence);
      last = one;
    }
    const stored = truth.byId.get(event.id);
    const text = 'content' in event ? textOf(event.content) : '';
    if (stored === undefined) report('lost', 'broadcast: heard, but not in the history', evidence);
    else if (stored.seq !== event.seq || storedText(stored) !== text)
      report('doubled', 'broadcast: heard otherwise than it is stored', { ...evidence, stored });
  }
}
