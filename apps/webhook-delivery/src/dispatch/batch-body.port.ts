import { createHash } from 'node:crypto';
import type { WebhookBatch, WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { WaitingDelivery } from '../store/deliveries.store.js';

/** What is sent of several deliveries, in this order. */
export interface BatchMessage {
  /** A UUID: the same for the same events, and for no others. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

type Member = Pick<WaitingDelivery, 'eventId' | 'payload'>;

/**
 * A receiver passes over what has an id that it knows. So an id stands for exactly these events: when a crash has batches
 * formed anew of others, they have other ids, and nothing is passed over that never came.
 */
function batchIdOf(members: readonly Member[]): string {
  const digest = createHash('sha256');
  for (const { eventId } of members) digest.update(eventId);
  const bytes = digest.digest().subarray(0, 16);
  // Version 8 (RFC 9562): made by a rule of one's own.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Payloads of single events, joined as they were stored. */
export function batchOf(members: readonly [Member, ...Member[]]): BatchMessage {
  const last = members.at(-1) ?? members[0];
  const { timestamp, applicationId } = JSON.parse(last.payload) as WebhookPayload;
  const frame = { type: 'batch', timestamp, applicationId } satisfies Omit<WebhookBatch, 'data'>;
  const events = members.map(({ payload }) => payload).join(',');
  const body = `${JSON.stringify(frame).slice(0, -1)},"data":{"events":[${events}]}}`;
  return { id: batchIdOf(members), body };
}

/** Rows of messages to services, joined as they were stored. */
export function rowsOf(members: readonly Member[]): BatchMessage {
  return { id: batchIdOf(members), body: `[${members.map(({ payload }) => payload).join(',')}]` };
}
