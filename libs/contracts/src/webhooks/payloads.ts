import { z } from 'zod';
import {
  conversationEvent,
  customEvent,
  memberEvent,
  messageEvent,
  messageRecalledEvent,
  messageUpdatedEvent,
  receiptEvent,
  timelineEvent,
} from '../event.js';
import { applicationId, timestamp } from '../identifiers.js';
import { serviceWebhookRow } from '../leancloud/rows.js';
import { limits } from '../limits.js';
import { vonageWebhookEvent } from '../vonage/webhook-event.js';
import { disabledReason } from './registration.js';

const common = { timestamp: z.iso.datetime({ precision: 3 }), applicationId };

/** What a webhook gets of any stored event; the header `webhook-id` is the event's id. */
export const webhookPayload = z
  .object({ ...common, type: z.string(), data: timelineEvent })
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayload>;

const ofMembers = memberEvent.shape;
const invited = memberEvent.extend({ type: ofMembers.type.extract(['member.invited']) });
const joined = memberEvent.extend({ type: ofMembers.type.extract(['member.joined']) });
const updated = memberEvent.extend({ type: ofMembers.type.extract(['member.updated']) });
const left = memberEvent.extend({ type: ofMembers.type.extract(['member.left']) });
const ofReceipts = receiptEvent.shape;
const delivered = receiptEvent.extend({ type: ofReceipts.type.extract(['receipt.delivered']) });
const read = receiptEvent.extend({ type: ofReceipts.type.extract(['receipt.read']) });

/** What each type of event looks like, under the names that the published schema gives them. */
export const webhookPayloads = {
  Message: z
    .object({ ...common, type: messageEvent.shape.type, data: messageEvent })
    .meta({ id: 'WebhookMessage', description: 'A message.' }),
  MessageUpdated: z
    .object({ ...common, type: messageUpdatedEvent.shape.type, data: messageUpdatedEvent })
    .meta({ id: 'WebhookMessageUpdated', description: 'A message was edited.' }),
  MessageRecalled: z
    .object({ ...common, type: messageRecalledEvent.shape.type, data: messageRecalledEvent })
    .meta({ id: 'WebhookMessageRecalled', description: 'A message or custom event was recalled.' }),
  MemberInvited: z
    .object({ ...common, type: invited.shape.type, data: invited })
    .meta({ id: 'WebhookMemberInvited', description: 'Users were invited.' }),
  MemberJoined: z
    .object({ ...common, type: joined.shape.type, data: joined })
    .meta({ id: 'WebhookMemberJoined', description: 'Users joined.' }),
  MemberUpdated: z
    .object({ ...common, type: updated.shape.type, data: updated })
    .meta({ id: 'WebhookMemberUpdated', description: 'Members have another role, or may send (not) again.' }),
  MemberLeft: z
    .object({ ...common, type: left.shape.type, data: left })
    .meta({ id: 'WebhookMemberLeft', description: 'Members left, or were removed.' }),
  ReceiptDelivered: z.object({ ...common, type: delivered.shape.type, data: delivered }).meta({
    id: 'WebhookReceiptDelivered',
    description: 'Somebody has got an event, in a conversation whose receipts are events.',
  }),
  ReceiptRead: z.object({ ...common, type: read.shape.type, data: read }).meta({
    id: 'WebhookReceiptRead',
    description: 'Somebody has read an event, in a conversation whose receipts are events.',
  }),
  ConversationUpdated: z
    .object({ ...common, type: conversationEvent.shape.type, data: conversationEvent })
    .meta({ id: 'WebhookConversationUpdated', description: 'A conversation was changed.' }),
  Custom: z
    .object({ ...common, type: customEvent.shape.type, data: customEvent })
    .meta({ id: 'WebhookCustom', description: 'A custom event.' }),
  WebhookDisabled: z
    .object({
      ...common,
      type: z.literal('webhook.disabled'),
      data: z.object({
        webhookId: z.uuid(),
        reason: disabledReason.meta({ description: 'It answered 410, or has failed for 72 hours.' }),
        failingSince: timestamp.nullable(),
      }),
    })
    .meta({ id: 'WebhookDisabled', description: 'Hookline disabled another webhook of the application.' }),
  WebhookTest: z
    .object({ ...common, type: z.literal('webhook.test'), data: z.object({ webhookId: z.uuid() }) })
    .meta({ id: 'WebhookTest', description: "Sent because the webhook's owner asked for it." }),
} as const;

const bodiesAtOnce = <Body extends z.ZodType>(body: Body): z.ZodArray<Body> =>
  z.array(body).min(1).max(limits.webhookBatchMaximum);

/** What a webhook of the format `batch` gets, also of one event alone. */
export const webhookBatch = z
  .object({
    ...common,
    timestamp: common.timestamp.meta({ description: 'Of the last event.' }),
    type: z.literal('batch'),
    data: z.object({ events: bodiesAtOnce(z.union(Object.values(webhookPayloads))) }),
  })
  .meta({ id: 'WebhookBatch', description: 'Format `batch`: events in their order.' });
export type WebhookBatch = z.infer<typeof webhookBatch>;

/** What a webhook of the format `leancloud` gets: messages to services, as LeanCloud's web hook has them. */
export const serviceRows = bodiesAtOnce(serviceWebhookRow).meta({
  id: 'WebhookServiceRows',
  description: 'Format `leancloud`: messages to services, in their order.',
});
export type ServiceRows = z.infer<typeof serviceRows>;

/** Any body of a webhook's POST. */
export const webhookBodies = [
  ...Object.values(webhookPayloads),
  webhookBatch,
  serviceRows,
  vonageWebhookEvent,
] as const;
