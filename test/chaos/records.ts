import type { WireError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { MessageSentRequest } from '#contracts/hooks/requests.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { Outage } from './outages.js';
import type { Lease, Notification, NotifyingJob, NotifyingProgress, SessionChange } from './tables.js';
import type { Truth } from './visible.js';
import type { Treatment } from './wording.js';

export type Outcome =
  | { readonly kind: 'stored'; readonly eventId: string; readonly seq: number; readonly timestamp: number }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'unknown' };

export interface Sent {
  readonly id: string;
  readonly client: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly treatment: Treatment;
  readonly isCustom: boolean;
  readonly startedAt: number;
  attempts: number;
  outcome: Outcome;
  acknowledgedAt?: number;
  /** What the same key was answered when it was used again after the acknowledgement. */
  repeated?: Outcome;
  readonly failures: string[];
}

/** One event as a client heard it. */
export interface HeardEvent {
  readonly name: string;
  readonly event: TimelineEvent;
  /** Counts the connections of the client. */
  readonly connection: number;
  readonly gateway: string;
  readonly at: number;
}

/** One connection of a client, as the client knows it. All times of a run are ms since the epoch, by one clock. */
export interface Span {
  readonly gateway: string;
  /** When it began to connect. */
  readonly openedAt: number;
  /** Both are missing when it was never told that it is ready. */
  readyAt?: number;
  sessionId?: string;
  closedAt?: number;
}

/** Of one client. */
export interface ClientRecord {
  readonly name: string;
  readonly user: { readonly id: string };
  readonly heard: readonly HeardEvent[];
  /** Of every conversation in which more was missed than one resume delivers: the seq it was told to go on from. */
  readonly skipped: readonly {
    readonly conversationId: string;
    readonly from: number;
    readonly to: number;
  }[];
  readonly spans: readonly Span[];
}

/** Who was connected, as the platform said when it was asked. */
export interface Snapshot {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly online: ReadonlySet<string>;
}

/** A call as its receiver got it. */
export interface ReceivedCall<Body> {
  /** Header `webhook-id`. */
  readonly id: string;
  readonly body: Body;
  readonly text: string;
}

/** Everything that the checks compare. */
export interface RunRecords {
  readonly truth: Truth;
  readonly sent: readonly Sent[];
  readonly clients: readonly ClientRecord[];
  readonly outages: readonly Outage[];
  readonly webhookCalls: readonly ReceivedCall<WebhookPayload>[];
  readonly afterHookCalls: readonly ReceivedCall<MessageSentRequest>[];
  /** Of the hook that runs after the rewriting one. */
  readonly secondHookCalls: readonly ReceivedCall<unknown>[];
  readonly snapshots: readonly Snapshot[];
  readonly sessionChanges: readonly SessionChange[];
  readonly leases: readonly Lease[];
  readonly notifications: readonly Notification[];
  readonly notifyingJobs: readonly NotifyingJob[];
  readonly notifyingProgress: readonly NotifyingProgress[];
}
