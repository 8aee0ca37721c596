import type { MessageEvent, TimelineEvent } from '#contracts/event.js';
import type { MessageSentRequest } from '#contracts/hooks/requests.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { Outage } from './outages.js';
import type { HeardEvent, ReceivedCall, RunRecords, Sent, Snapshot, Span } from './records.js';
import type {
  Lease,
  Notification,
  NotifyingJob,
  NotifyingProgress,
  SessionChange,
  StoredConversation,
  StoredEvent,
  StoredStay,
} from './tables.js';
import { Truth } from './visible.js';
import { rejectionCode, Wording, type Treatment } from './wording.js';

export interface SampleClient {
  name: string;
  user: { id: string };
  heard: HeardEvent[];
  skipped: { conversationId: string; from: number; to: number }[];
  spans: Span[];
}

/** A small run that went well, to be spoilt. */
export interface SampleRun {
  conversations: StoredConversation[];
  events: StoredEvent[];
  stays: StoredStay[];
  sent: Sent[];
  clients: { ann: SampleClient; bob: SampleClient; carl: SampleClient };
  outages: Outage[];
  webhookCalls: ReceivedCall<WebhookPayload>[];
  afterHookCalls: ReceivedCall<MessageSentRequest>[];
  secondHookCalls: ReceivedCall<unknown>[];
  snapshots: Snapshot[];
  sessionChanges: SessionChange[];
  leases: Lease[];
  notifications: Notification[];
  notifyingJobs: NotifyingJob[];
  notifyingProgress: NotifyingProgress[];
}

export const wording = new Wording(7);
const group = 'group';
const service = 'service';
/** Of the first event, in ms since the epoch. */
export const start = 1_800_000_000_000;

/**
 * Ann and Bob are connected, Bob after his first gateway was killed; Carl comes when everything is over. Ann's message goes
 * to all, Bob's to Ann alone, then a custom event by Ann; a message is dropped and another rejected.
 */
export function goodRun(): SampleRun {
  const events: StoredEvent[] = [
    stored(1, { type: 'member.joined', senderId: null, content: null }),
    stored(2, { senderId: 'ann', content: JSON.stringify(wording.clean('ann-1', 'rewrite')) }),
    stored(3, {
      senderId: 'bob',
      content: JSON.stringify(wording.clean('bob-1', 'narrow')),
      audience: 'listed',
      recipients: ['ann'],
    }),
    stored(4, {
      type: 'custom:chaos',
      senderId: 'ann',
      content: JSON.stringify({ text: wording.clean('ann-2', 'rewrite') }),
    }),
  ];
  const broadcasts = [announced(1), announced(2)];
  const [first, last] = broadcasts.map(shown);
  const [joined, toAll, toAnn, custom] = events.map(shown);
  events.push(...broadcasts);
  const hear = (event: TimelineEvent | undefined): HeardEvent => heard(event!);
  const connected = start - 20_000;
  return {
    conversations: [
      { id: group, key: '1', lastSeq: 4, historyVisibility: 'start', receiptsAsEvents: false },
      { id: service, key: '2', lastSeq: 2, historyVisibility: 'start', receiptsAsEvents: false },
    ],
    events,
    stays: ['ann', 'bob', 'carl'].map((userId) => ({
      conversationId: group,
      userId,
      joinedSeq: 1,
      leftSeq: null,
      ...{ deliveredSeq: 1, readSeq: 1 },
    })),
    sent: [
      sent('ann-1', 'rewrite', { kind: 'stored', eventId: idOf(2), seq: 2, timestamp: timeOf(2) }),
      sent('bob-1', 'narrow', { kind: 'stored', eventId: idOf(3), seq: 3, timestamp: timeOf(3) }),
      sent('ann-2', 'rewrite', { kind: 'stored', eventId: idOf(4), seq: 4, timestamp: timeOf(4) }),
      sent('bob-2', 'drop', { kind: 'dropped' }),
      sent('bob-3', 'reject', {
        kind: 'refused',
        error: {
          code: 'rejected_by_hook',
          detail: 'refused',
          retryable: false,
          hook: { code: rejectionCode, detail: 'refused' },
        },
      }),
      ...broadcasts.map(({ id: eventId, seq, timestamp }) => ({
        ...sent(`announcer-${String(seq)}`, 'rewrite', { kind: 'stored', eventId, seq, timestamp }),
        conversationId: service,
      })),
    ],
    clients: {
      ann: client('ann', [joined, toAll, toAnn, custom, first, last].map(hear), [
        { gateway: 'gateway', openedAt: connected, readyAt: connected, sessionId: 'of-ann' },
      ]),
      bob: client('bob', [joined, toAll, toAnn, custom, first, last].map(hear), [
        {
          gateway: 'gateway-2',
          openedAt: start - 90_000,
          readyAt: start - 90_000,
          sessionId: 'of-bob-before',
          closedAt: start - 60_000,
        },
        { gateway: 'gateway', openedAt: connected, readyAt: connected, sessionId: 'of-bob' },
      ]),
      carl: client('carl', [joined, toAll, custom, last].map(hear), [
        { gateway: 'gateway', openedAt: start + 90_000, readyAt: start + 90_000, sessionId: 'of-carl' },
      ]),
    },
    outages: [{ name: 'gateway-2', isPause: false, from: start - 60_000, to: start - 58_000 }],
    webhookCalls: events.map((event) => webhookCall(shown(event))),
    afterHookCalls: events.slice(1).map((event) => afterHookCall(shown(event) as MessageEvent)),
    secondHookCalls: [received('call', { content: wording.clean('ann-1', 'rewrite') })],
    snapshots: [{ askedAt: start + 20_000, answeredAt: start + 20_010, online: new Set(['ann', 'bob']) }],
    sessionChanges: [
      change('of-bob-before', 'bob', 1, start - 90_000),
      change('of-bob-before', 'bob', 2, start - 52_000),
      change('of-ann', 'ann', 1, connected),
      change('of-bob', 'bob', 1, connected),
      change('of-carl', 'carl', 1, start + 90_000),
    ],
    leases: [{ incarnation: 'life of of-bob-before', settledAt: start - 51_000 }],
    notifications: [{ eventId: idOf(2), userId: 'carl', createdAt: timeOf(2) + 100 }],
    // Carl misses the second event; of the third nobody misses anything.
    notifyingJobs: [{ conversationKey: '1', seq: 2, createdAt: timeOf(2) + 90 }],
    notifyingProgress: [
      { conversationKey: '1', seq: 4 },
      { conversationKey: '2', seq: 2 },
    ],
  };
}

export function recordsOf({ conversations, events, stays, clients, ...rest }: SampleRun): RunRecords {
  return { ...rest, truth: new Truth(conversations, events, stays), clients: Object.values(clients) };
}

export const idOf = (seq: number): string => `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`;
const timeOf = (seq: number): number => start + seq * 1_000;

export function stored(seq: number, event: Partial<StoredEvent>): StoredEvent {
  return {
    conversationId: group,
    conversationKey: '1',
    seq,
    id: idOf(seq),
    type: 'message',
    senderId: null,
    audience: 'everyone',
    content: null,
    timestamp: timeOf(seq),
    recipients: [],
    targetSeq: null,
    ...event,
  };
}

/** For all users. */
function announced(seq: number): StoredEvent {
  const content = JSON.stringify(wording.clean(`announcer-${String(seq)}`, 'rewrite'));
  return {
    ...stored(seq, { senderId: 'announcer', audience: 'broadcast', content }),
    ...{ conversationId: service, conversationKey: '2', id: idOf(100 + seq) },
    timestamp: timeOf(seq) - 10_000,
  };
}

/** As clients and receivers get it. */
export function shown(event: StoredEvent): TimelineEvent {
  const { id, conversationId, seq, timestamp, type, senderId, content } = event;
  const common = { id, conversationId, seq, timestamp };
  if (type === 'member.joined') return { ...common, type, senderId, members: [] };
  const value: unknown = JSON.parse(content!);
  if (typeof value === 'string')
    return { ...common, type: 'message', senderId: senderId!, content: { type: 'text', text: value } };
  return { ...common, type: 'custom:chaos', senderId: senderId!, data: value as { text: string } };
}

export function heard(event: TimelineEvent): HeardEvent {
  return { name: event.type, event, connection: 1, gateway: 'gateway', at: event.timestamp };
}

export function webhookCall(data: TimelineEvent, id = data.id): ReceivedCall<WebhookPayload> {
  return received(id, { type: data.type, timestamp: '', applicationId: 'application', data });
}

export function afterHookCall(
  event: MessageEvent,
  id = `call of ${event.id}`,
): ReceivedCall<MessageSentRequest> {
  const toAnn = event.senderId === 'bob';
  const isToAll = event.conversationId === service;
  return received(id, {
    hook: 'messageSent',
    id,
    applicationId: 'application',
    timestamp: event.timestamp,
    conversation: { id: event.conversationId, kind: isToAll ? 'system' : 'group' },
    origin: { address: null, dialect: 'native' },
    event,
    onlineRecipients: isToAll ? [] : toAnn ? ['ann'] : ['bob'],
    offlineRecipients: isToAll || toAnn ? [] : ['carl'],
  });
}

export function change(sessionId: string, userId: string, epoch: number, at: number): SessionChange {
  return {
    sessionId,
    userId,
    incarnation: `life of ${sessionId}`,
    epoch,
    isOnline: epoch % 2 === 1,
    reason: epoch % 2 === 1 ? null : 'lease_lost',
    at,
  };
}

function sent(id: string, treatment: Treatment, outcome: Sent['outcome']): Sent {
  const [userId = ''] = id.split('-');
  return {
    id,
    client: userId,
    userId,
    conversationId: group,
    treatment,
    isCustom: id === 'ann-2',
    startedAt: start,
    attempts: 1,
    outcome,
    failures: [],
  };
}

function client(name: string, heardEvents: HeardEvent[], spans: Span[]): SampleClient {
  return { name, user: { id: name }, heard: heardEvents, skipped: [], spans };
}

function received<Body>(id: string, body: Body): ReceivedCall<Body> {
  return { id, body, text: JSON.stringify(body) };
}
