import { z } from 'zod';
import { call } from '../call.js';
import { conversationKind } from '../conversations.js';
import { eventTypeFilter } from '../event.js';
import { applicationId, conversationId, displayText, timestamp } from '../identifiers.js';
import { idempotentRequest } from '../idempotency.js';
import { limits } from '../limits.js';
import { formerValidUntil, rotatedSecret, secretRotation } from '../secret-rotation.js';
import { displayUrl } from '../url.js';
import { vonageEventMaskPart } from '../vonage/event-mask.js';

/** A type to ask for, or many: what ends in `*` stands for every type that begins so. */
const webhookEventFilter = z
  .union([
    z.enum(['*', 'member.*', 'conversation.*', 'message.*', 'receipt.*', 'webhook.*', 'webhook.disabled']),
    ...eventTypeFilter.options,
  ])
  .meta({
    example: 'message.*',
    description:
      "`message.*` is a message's edits and its recall, not the message. `custom:*` is every custom event.",
  });

const eventTypes = z
  .array(webhookEventFilter)
  .max(limits.eventTypesPerFilter)
  .meta({ description: 'Types of events that it gets. Empty: all.' });

const kinds = z
  .array(conversationKind)
  .max(conversationKind.options.length)
  .meta({ description: 'Kinds of conversations. Empty: all.' });
const onlyConversation = conversationId
  .nullable()
  .meta({ description: 'This one alone, which need not exist yet; null: all.' });

/** Whose events a webhook gets: what both fields say has to hold. */
const conversations = z.strictObject({
  kinds: kinds.default([]),
  conversationId: onlyConversation.default(null),
});

const signatures = z
  .array(z.enum(['v1', 'v1a']))
  .min(1)
  .max(2)
  .refine((versions) => new Set(versions).size === versions.length, 'must not name one twice')
  .meta({
    description:
      'Of Standard Webhooks: `v1` is an HMAC by the secret, `v1a` ed25519 by a private key that is never shown.',
    uniqueItems: true,
  });

const order = z.enum(['none', 'conversation', 'endpoint']).meta({
  description:
    'Within what each event waits until the one before it was taken or given up: nothing, its conversation, or the whole webhook.',
});
const concurrency = z.int().min(1).max(limits.webhookConcurrencyMaximum).meta({
  description: 'POSTs at once, of all of Hookline. With the order `endpoint` it is one.',
});
const rateLimit = z
  .int()
  .min(1)
  .max(limits.webhookRateMaximum)
  .nullable()
  .meta({ description: 'POSTs per second. null: as many as it takes.' });

const together = {
  size: z
    .int()
    .min(1)
    .max(limits.webhookBatchMaximum)
    .meta({ description: 'Events in one POST, at most; its body has at most 1 MiB.' }),
  lingerMs: z
    .int()
    .min(0)
    .max(limits.webhookLingerMaximum)
    .meta({ description: 'How long an event waits for others that go with it.' }),
};
const togetherOf = (kind: 'batch' | 'leancloud') =>
  z.strictObject({
    kind: z.literal(kind),
    size: together.size.default(limits.webhookBatchMaximum),
    lingerMs: together.lingerMs.default(50),
  });
/** Of Vonage's events, by their names there. */
const vonageTypes = z.array(vonageEventMaskPart).max(limits.eventTypesPerFilter).meta({
  description:
    'Types of events that it gets, as Vonage names them; what ends in `*` stands for every type that begins so. Empty: all.',
});
const format = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('single') }),
    togetherOf('batch'),
    togetherOf('leancloud'),
    z.strictObject({ kind: z.literal('vonage'), types: vonageTypes.default([]) }),
  ])
  .meta({
    description:
      "What one POST carries. `single`: one event. `batch`: several. `leancloud`: messages of users to services, and nothing else, as rows of LeanCloud. `vonage`: one event in the form of Vonage's RTC webhooks. To or from `leancloud` and `vonage` no webhook can be changed.",
  });
const shownFormat = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('single') }),
  z.object({ kind: z.literal('batch'), ...together }),
  z.object({ kind: z.literal('leancloud'), ...together }),
  z.object({ kind: z.literal('vonage'), types: vonageTypes }),
]);

/** What may not be said together: LeanCloud's format has messages to services alone. @returns null when all is well */
export function formatMistake(asked: {
  readonly format: { readonly kind: string };
  readonly eventTypes: readonly string[];
  readonly conversations: { readonly kinds: readonly string[] };
}): string | null {
  const { format: wanted, eventTypes: types, conversations: filter } = asked;
  const isForMore = types.length > 0 || filter.kinds.some((kind) => kind !== 'system');
  return wanted.kind === 'leancloud' && isForMore
    ? 'leancloud has messages to services alone: no event types, and no kinds but system'
    : null;
}

/** Why Hookline has disabled a webhook. */
export const disabledReason = z.enum(['gone', 'failing']);

/** How a webhook's receiver is, whichever replica found it out. */
const state = z
  .object({
    circuit: z
      .object({
        state: z.enum(['closed', 'open', 'half_open']),
        retryAt: timestamp.nullable().meta({ description: 'When it is tried again; null unless `open`.' }),
      })
      .meta({ description: 'Whether anything is sent to it, as far as it was there lately.' }),
    throttledUntil: timestamp
      .nullable()
      .meta({ description: 'It has asked for less: until then it gets nothing.' }),
    failingSince: timestamp.nullable().meta({ description: 'Since when it has taken nothing.' }),
    nextAttemptAt: timestamp
      .nullable()
      .meta({ description: 'When the next POST is due, in the past: now; null: nothing waits.' }),
  })
  .meta({ id: 'WebhookState' });

/** What its owner says of a webhook. */
const settings = {
  url: displayUrl,
  description: displayText.nullable(),
  enabled: z.boolean(),
  eventTypes,
  order,
  concurrency,
  rateLimit,
  signatures,
};

export const webhook = z
  .object({
    ...settings,
    id: z.uuid(),
    url: z.string(),
    conversations: z.object({ kinds, conversationId: onlyConversation }),
    format: shownFormat,
    publicKeys: z.array(z.string()).meta({
      description:
        'What `v1a` is verified by (`whpk_` and base64): the present key, and the former one while it signs as well.',
    }),
    disabled: z.object({ reason: disabledReason, at: timestamp }).nullable().meta({
      description:
        'Why Hookline has disabled it: it answered 410 (`gone`), or has taken nothing for 72 hours (`failing`). null: it did not, whatever its owner did.',
    }),
    state,
    isCallback: z.boolean().meta({
      description:
        "It is the `callback` of its conversation, set over Vonage's REST API; it goes with the conversation.",
    }),
    createdAt: timestamp,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhook>;

export const webhookWithSecret = webhook
  .extend({
    secret: z.string().meta({ description: 'Standard Webhooks secret; shown only in this answer.' }),
  })
  .meta({ id: 'WebhookWithSecret' });

export const newWebhook = z
  .strictObject({
    ...settings,
    description: settings.description.default(null),
    enabled: settings.enabled.default(true),
    eventTypes: eventTypes.default([]),
    conversations: conversations.default({ kinds: [], conversationId: null }),
    format: format.default({ kind: 'single' }),
    order: order.default('conversation'),
    concurrency: concurrency.default(limits.webhookConcurrencyDefault),
    rateLimit: rateLimit.default(null),
    signatures: signatures.default(['v1']),
  })
  .superRefine((asked, context) => {
    const message = formatMistake(asked);
    if (message !== null) context.addIssue({ code: 'custom', path: ['format', 'kind'], message });
  })
  .meta({ id: 'NewWebhook' });

/** `conversations` and `format` are one value each: what they do not name is as at a registration. */
export const webhookChange = z
  .strictObject({
    url: settings.url.exactOptional(),
    description: settings.description.exactOptional(),
    enabled: settings.enabled.exactOptional(),
    eventTypes: eventTypes.exactOptional(),
    conversations: conversations.exactOptional(),
    format: format.exactOptional(),
    order: order.exactOptional(),
    concurrency: concurrency.exactOptional(),
    rateLimit: rateLimit.exactOptional(),
    signatures: signatures.exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'WebhookChange' });

export const rotatedKey = z
  .object({
    publicKey: z.string().meta({ description: 'The new one, which is shown with the webhook too.' }),
    formerValidUntil,
  })
  .meta({ id: 'RotatedWebhookKey' });

const ofWebhook = z.object({ applicationId, webhookId: z.uuid() });
const rotation = ofWebhook.extend({ request: idempotentRequest.nullable(), rotation: secretRotation });

export const createWebhook = call(
  'webhooks.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), webhook: newWebhook }),
  webhookWithSecret,
);
export const listWebhooks = call(
  'webhooks.list',
  // Null: all but callbacks; else the callback of this conversation.
  z.object({ applicationId, callbackOf: conversationId.nullable() }),
  z.object({ webhooks: z.array(webhook) }),
);
export const getWebhook = call('webhooks.get', ofWebhook, webhook);
export const updateWebhook = call('webhooks.update', ofWebhook.extend({ change: webhookChange }), webhook);
export const rotateWebhookSecret = call('webhooks.rotate-secret', rotation, rotatedSecret);
export const rotateWebhookKey = call('webhooks.rotate-key', rotation, rotatedKey);
export const deleteWebhook = call('webhooks.delete', ofWebhook, z.object({}));
