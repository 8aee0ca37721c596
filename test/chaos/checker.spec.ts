import { describe, expect, test } from '@jest/globals';
import type { MessageEvent } from '#contracts/event.js';
import { checkRecords } from './checker.js';
import type { FindingKind } from './findings.js';
import {
  afterHookCall,
  change,
  goodRun,
  heard,
  idOf,
  recordsOf,
  shown,
  start,
  stored,
  webhookCall,
  wording,
  type SampleRun,
} from './sample-run.js';

type Doctor = (run: SampleRun) => void;

function findingsOf(doctor: Doctor = () => undefined): string[] {
  const run = goodRun();
  doctor(run);
  const findings: string[] = [];
  checkRecords(recordsOf(run), wording, (kind, what) => findings.push(`${kind}: ${what}`));
  return findings;
}

function replace<Item>(items: Item[], index: number, change: Partial<Item>): void {
  items[index] = { ...items[index]!, ...change };
}

function swap(items: unknown[], one: number, other: number): void {
  [items[one], items[other]] = [items[other], items[one]];
}

const messageOf = ({ events }: SampleRun, index: number): MessageEvent =>
  shown(events[index]!) as MessageEvent;

/** What is spoilt, how, and what the checker has to say about it. */
const spoilt: [what: string, doctor: Doctor, finding: `${FindingKind}: ${string}`][] = [
  // Messages
  [
    'an acknowledged message is not in the history',
    (run) => run.events.splice(3, 1),
    'lost: acknowledged, but not in the history as acknowledged',
  ],
  [
    'an acknowledged message stands at another seq',
    ({ sent }) => replace(sent, 0, { outcome: { ...stored2, seq: 3 } }),
    'lost: acknowledged, but not in the history as acknowledged',
  ],
  [
    'a message is never acknowledged',
    ({ sent }) => replace(sent, 0, { outcome: { kind: 'unknown' } }),
    'lost: never acknowledged, although everything ran again',
  ],
  [
    'a message is dropped that the hook let through',
    ({ sent }) => replace(sent, 0, { outcome: { kind: 'dropped' } }),
    'lost: dropped, though no hook said so',
  ],
  [
    'a message is stored twice',
    (run) => {
      run.events.push(stored(5, { senderId: 'ann', content: run.events[1]!.content }));
      replace(run.conversations, 0, { lastSeq: 5 });
    },
    'doubled: one message stored twice',
  ],
  [
    'a message is stored that nobody sent',
    ({ sent }) => sent.splice(0, 1),
    'doubled: a message that nobody sent',
  ],
  [
    'the same key is answered otherwise later',
    ({ sent }) => replace(sent, 3, { repeated: { ...stored2, eventId: idOf(9) } }),
    'doubled: the same key was answered with another outcome',
  ],
  [
    'two messages of one sender change places',
    ({ sent }) => {
      swap(sent, 0, 2);
    },
    'reordered: a later message of one sender stands before an earlier one',
  ],
  [
    'time goes back within a conversation',
    ({ events }) => replace(events, 2, { timestamp: start }),
    'reordered: a timestamp before that of the event before',
  ],
  ['a seq is missing', ({ events }) => events.splice(1, 1), 'gaps: a seq is missing'],
  [
    'the head is ahead of the last event',
    ({ conversations }) => replace(conversations, 0, { lastSeq: 5 }),
    'gaps: the head is not the last event',
  ],
  [
    'a message is stored that the hook dropped',
    ({ sent }) => replace(sent, 0, { treatment: 'drop' }),
    'leaked: stored, though the hook refused it',
  ],
  [
    'a message is stored as it was sent',
    ({ events }) => replace(events, 1, { content: JSON.stringify(wording.raw('ann-1', 'rewrite')) }),
    'leaked: stored otherwise than the hook made it',
  ],
  [
    'a narrowed message is stored for all',
    ({ events }) => replace(events, 2, { audience: 'everyone' }),
    'leaked: stored for others than the hook said',
  ],
  // Clients
  ['a client never hears a message', ({ clients }) => clients.carl.heard.splice(1, 1), 'lost: never heard'],
  [
    'a client hears a message twice',
    ({ clients: { ann } }) => ann.heard.push(ann.heard[1]!),
    'doubled: heard twice',
  ],
  [
    'a client hears a message after a later one',
    ({ clients: { ann } }) => {
      swap(ann.heard, 1, 3);
    },
    'reordered: heard after a later one',
  ],
  [
    'a client hears what is not in the history',
    ({ clients }) => clients.ann.heard.push(heard(shown(stored(5, { content: '"clean ann-9 rewrite"' })))),
    'lost: heard, but not in the history',
  ],
  [
    'a client hears what was meant for another',
    (run) => run.clients.carl.heard.splice(2, 0, heard(messageOf(run, 2))),
    'leaked: heard by somebody who may not see it',
  ],
  [
    'a client hears another text than is stored',
    (run) => {
      const event = { ...messageOf(run, 1), content: { type: 'text' as const, text: 'other' } };
      run.clients.ann.heard[1] = heard(event);
    },
    'doubled: heard otherwise than it is stored',
  ],
  [
    'a client hears a raw text',
    (run) => {
      const event = { ...messageOf(run, 1), content: { type: 'text' as const, text: wording.rawWord } };
      run.clients.ann.heard[1] = heard(event);
    },
    'leaked: raw text heard',
  ],
  // Receivers
  ['a webhook event is missing', (run) => run.webhookCalls.pop(), 'webhooksMissing: webhook: never told'],
  ['an after-hook is missing', (run) => run.afterHookCalls.pop(), 'webhooksMissing: after-hook: never told'],
  [
    'a webhook event comes after a later one',
    ({ webhookCalls }) => {
      swap(webhookCalls, 1, 2);
    },
    'reordered: webhook: told after a later event',
  ],
  [
    'an after-hook comes after a later one',
    ({ afterHookCalls }) => {
      swap(afterHookCalls, 0, 1);
    },
    'reordered: after-hook: told after a later event',
  ],
  [
    'a webhook event is redelivered under another id',
    (run) => run.webhookCalls.push(webhookCall(messageOf(run, 1), idOf(77))),
    'doubled: webhook: redelivered under another id',
  ],
  [
    'an after-hook is redelivered under another id',
    (run) => run.afterHookCalls.push(afterHookCall(messageOf(run, 1), 'another')),
    'doubled: after-hook: redelivered under another id',
  ],
  [
    'two after-hooks come under one id',
    (run) => (run.afterHookCalls[1] = afterHookCall(messageOf(run, 2), run.afterHookCalls[0]!.id)),
    'doubled: after-hook: two events under one id',
  ],
  [
    'a webhook does not carry the id of its event',
    (run) => (run.webhookCalls[1] = webhookCall(messageOf(run, 1), idOf(77))),
    'doubled: webhook: not under the id of the event',
  ],
  [
    'a webhook is told a raw text',
    ({ webhookCalls }) => replace(webhookCalls, 0, { text: `{"text":"${wording.rawWord}"}` }),
    'leaked: raw text told to the webhook',
  ],
  [
    'the next hook is told a raw text',
    ({ secondHookCalls }) => replace(secondHookCalls, 0, { text: wording.rawWord }),
    'leaked: raw text told to the second hook',
  ],
  [
    'an after-hook names a recipient twice',
    ({ afterHookCalls }) =>
      replace(afterHookCalls, 0, {
        body: { ...afterHookCalls[0]!.body, offlineRecipients: ['bob', 'carl'] },
      }),
    'presenceErrors: after-hook: a recipient both online and offline',
  ],
  [
    'an after-hook names somebody who may not see the message',
    ({ afterHookCalls }) =>
      replace(afterHookCalls, 1, { body: { ...afterHookCalls[1]!.body, offlineRecipients: ['carl'] } }),
    'leaked: after-hook: names a recipient who may not see it',
  ],
  // Push
  [
    'somebody absent is not notified',
    (run) => run.notifications.pop(),
    'webhooksMissing: push: absent, and never notified',
  ],
  [
    'somebody lost with a gateway is not notified when that is known',
    ({ clients: { carl }, sessionChanges, leases, notifications }) => {
      carl.spans.unshift(lostSpan);
      sessionChanges.push(change('lost', 'carl', 1, start), change('lost', 'carl', 2, start + 9_000));
      leases.push({ incarnation: 'life of lost', settledAt: start + 10_000 });
      notifications.pop();
    },
    'webhooksMissing: push: absent, and never notified',
  ],
  [
    'nobody ever decides whom to notify',
    (run) => run.notifyingProgress.pop(),
    'webhooksMissing: push: never decided',
  ],
  [
    'somebody connected is notified',
    (run) => run.notifications.push({ eventId: idOf(2), userId: 'bob', createdAt: start + 2_100 }),
    'presenceErrors: push: notified, though connected all the time',
  ],
  [
    'somebody is notified of what was meant for another',
    (run) => run.notifications.push({ eventId: idOf(3), userId: 'carl', createdAt: start + 3_100 }),
    'leaked: push: to somebody who may not see it, or who sent it',
  ],
  // Presence
  [
    'a session is online twice',
    (run) => run.sessionChanges.splice(1, 0, { ...run.sessionChanges[0]!, epoch: 2 }),
    'presenceErrors: session: not online and offline in turn, epoch by epoch',
  ],
  [
    'an epoch does not grow',
    ({ sessionChanges }) => replace(sessionChanges, 1, { epoch: 1 }),
    'presenceErrors: session: not online and offline in turn, epoch by epoch',
  ],
  [
    'a session is offline before it is online',
    ({ sessionChanges }) => replace(sessionChanges, 1, { at: start - 95_000 }),
    'presenceErrors: session: a transition before the one before',
  ],
  [
    'a session of a killed gateway stays online',
    ({ sessionChanges }) => sessionChanges.splice(1, 1),
    'presenceErrors: session: not offline within lease + 2 s',
  ],
  [
    'a session of a killed gateway is offline too late',
    ({ sessionChanges }) => replace(sessionChanges, 1, { at: start - 60_000 + 10_001 }),
    'presenceErrors: session: not offline within lease + 2 s',
  ],
  [
    'a session is offline while its client is connected',
    ({ sessionChanges }) => sessionChanges.splice(3, 0, change('of-ann', 'ann', 2, start + 5_000)),
    'presenceErrors: session: offline while it was connected',
  ],
  [
    'a client is connected without a session',
    ({ sessionChanges }) => sessionChanges.splice(2, 1),
    'presenceErrors: session: connected, but never online',
  ],
  [
    'a session is online that no client has',
    ({ sessionChanges }) => sessionChanges.push(change('ghost', 'carl', 1, start + 5_000)),
    'presenceErrors: session: online, though its client was gone for longer than lease + 2 s',
  ],
  [
    'somebody connected is said to be offline',
    ({ snapshots }) => replace(snapshots, 0, { online: new Set(['ann']) }),
    'presenceErrors: connected, but said to be offline',
  ],
  [
    'somebody absent is said to be online',
    ({ snapshots }) => replace(snapshots, 0, { online: new Set(['ann', 'bob', 'carl']) }),
    'presenceErrors: away for longer than lease + 2 s, but said to be online',
  ],
];

/** Carl's, at a gateway that dies before Ann's message. */
const lostSpan = {
  gateway: 'gateway-2',
  openedAt: start - 100,
  readyAt: start,
  sessionId: 'lost',
  closedAt: start + 1_000,
};

const stored2 = { kind: 'stored', eventId: idOf(2), seq: 2, timestamp: start + 2_000 } as const;

describe('the checker of chaos', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(findingsOf()).toEqual([]);
  });

  test.each(spoilt)('notices when %s', (_what, doctor, finding) => {
    expect(findingsOf(doctor)).toContain(finding);
  });

  test('gives time to note an absence down when PostgreSQL was away meanwhile', () => {
    const late: Doctor = ({ sessionChanges, outages }) => {
      replace(sessionChanges, 1, { at: start - 60_000 + 14_000 });
      outages.push({ name: 'postgres', isPause: false, from: start - 58_000, to: start - 55_000 });
    };
    expect(findingsOf(late)).toEqual([]);
  });

  test('does not ask for a notification of whoever was back before their lease was settled', () => {
    const back: Doctor = ({ clients: { carl }, sessionChanges, leases, notifications }) => {
      carl.spans = [lostSpan, { ...carl.spans[0]!, openedAt: start + 9_500, readyAt: start + 20_500 }];
      sessionChanges.splice(4, 0, change('lost', 'carl', 1, start), change('lost', 'carl', 2, start + 9_000));
      leases.push({ incarnation: 'life of lost', settledAt: start + 10_000 });
      notifications.pop();
    };
    expect(findingsOf(back)).toEqual([]);
  });

  test('does not hold against the platform that a paused gateway keeps its clients', () => {
    const paused: Doctor = ({ sessionChanges, outages }) => {
      sessionChanges.splice(3, 0, change('of-ann', 'ann', 2, start + 60_000));
      outages.push({ name: 'gateway', isPause: true, from: start + 52_000, to: start + 61_000 });
    };
    expect(findingsOf(paused)).toEqual([]);
  });
});
