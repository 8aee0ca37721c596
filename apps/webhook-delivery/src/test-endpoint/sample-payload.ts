import type { z } from 'zod';
import { isCustomEventType } from '#contracts/event.js';
import { serviceWebhookRowOf } from '#contracts/leancloud/rows.js';
import { webhookEventView } from '#contracts/vonage/events/event-views.js';
import { translate } from '#contracts/vonage/events/translate.js';
import type { WebhookTest } from '#contracts/webhooks/deliveries.js';
import type { webhookPayloads } from '#contracts/webhooks/payloads.js';
import type { Webhook } from '#contracts/webhooks/registration.js';
import { batchOf, rowsOf, type BatchMessage } from '../dispatch/batch-body.port.js';

type Body = z.output<(typeof webhookPayloads)[keyof typeof webhookPayloads]>;

interface SampleOptions {
  /** Of the event that is made up. */
  readonly id: string;
  readonly webhookId: string;
  /** In ms since the epoch. */
  readonly now: number;
}

const content = { type: 'text', text: 'Hello from Hookline' } as const;

/**
 * A sample in the form in which the webhook gets its events. LeanCloud's rows are of messages alone, whatever type is asked for;
 * a sample is one that is stored nowhere.
 */
export function sampleMessage(
  format: Webhook['format']['kind'],
  { applicationId, type }: { readonly applicationId: string; readonly type: WebhookTest['type'] },
  options: SampleOptions,
): BatchMessage {
  const { id, now } = options;
  if (format === 'leancloud') {
    const message = { eventId: id, conversationId: 'test', senderId: 'test', content, timestamp: now };
    const row = serviceWebhookRowOf(message, { address: null, isTransient: true });
    return rowsOf([{ eventId: id, payload: JSON.stringify(row) }]);
  }
  if (format === 'vonage') return { id, body: vonageSample({ applicationId, type }, options) };
  const timestamp = new Date(now).toISOString();
  const body = JSON.stringify({ type, timestamp, applicationId, data: sampleData(type, options) });
  return format === 'batch' ? batchOf([{ eventId: id, payload: body }]) : { id, body };
}

/** Vonage has no name for what tells of webhooks: those are as they are natively. */
function vonageSample(
  { applicationId, type }: { readonly applicationId: string; readonly type: WebhookTest['type'] },
  options: SampleOptions,
): string {
  const { id, webhookId, now } = options;
  const data = sampleData(type, options);
  if (!('seq' in data)) {
    const shown = {
      id: null,
      place: null,
      type,
      from: null,
      person: null,
      body: data,
      timestamp: now,
      conversationId: 'test',
    };
    return JSON.stringify(webhookEventView(applicationId, shown));
  }
  const person = { id: 'test', uid: webhookId, displayName: 'Test', imageUrl: null, customData: null };
  const [shown] = translate(
    { conversationKey: '1', audience: { kind: 'everyone' }, event: data },
    {
      people: new Map([['test', person]]),
      conversationName: 'test',
      kindAt: () => 'text',
      memberIds: new Map([['test', id]]),
    },
  );
  if (shown === undefined) throw new Error('Every event has a form');
  return JSON.stringify(webhookEventView(applicationId, shown));
}

/** An event of this type as if it had been stored: nobody has caused it, and it is of a conversation that need not exist. */
function sampleData(type: WebhookTest['type'], { id, webhookId, now }: SampleOptions): Body['data'] {
  const common = { id, conversationId: 'test', seq: 2, timestamp: now, senderId: 'test' };
  const target = { targetId: id, targetSeq: 1 };
  if (isCustomEventType(type)) return { ...common, type, data: { hello: 'Hookline' } };
  switch (type) {
    case 'webhook.test':
      return { webhookId };
    case 'webhook.disabled':
      return { webhookId, reason: 'gone', failingSince: null };
    case 'message':
      return { ...common, type, content };
    case 'message.updated':
      return { ...common, type, ...target, content };
    case 'message.recalled':
    case 'receipt.delivered':
    case 'receipt.read':
      return { ...common, type, ...target };
    case 'member.invited':
    case 'member.joined':
    case 'member.updated':
    case 'member.left':
      return { ...common, type, members: [{ id, userId: 'test', role: 'member' }] };
    case 'conversation.updated':
      return { ...common, type, changes: { name: 'Test' } };
  }
}
