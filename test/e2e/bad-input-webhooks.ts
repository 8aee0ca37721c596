import type { webhookOperations } from '#contracts/rest/webhook-operations.js';
import type { webhookDeliveryOperations } from '#contracts/rest/webhook-delivery-operations.js';
import { usedKey, type Cast, type Change, type Refusal } from './bad-input-cast.js';

type OperationId = keyof typeof webhookOperations | keyof typeof webhookDeliveryOperations;

const ofWebhook =
  (change: Change = {}) =>
  ({ application, webhookId }: Cast): Change => ({ as: application, parameters: { webhookId }, ...change });

/** As in bad-requests.ts, of the operations on webhooks. */
export const goodWebhookRequests: Record<OperationId, (cast: Cast) => Change> = {
  createWebhook: ({ application }) => ({
    as: application,
    body: { url: 'http://127.0.0.1:9/', enabled: false },
  }),
  listWebhooks: ({ application }) => ({ as: application }),
  getWebhook: ofWebhook(),
  updateWebhook: ofWebhook({ body: { description: 'Another' } }),
  rotateWebhookSecret: ofWebhook({ body: {} }),
  rotateWebhookKey: ofWebhook({ body: {} }),
  deleteWebhook: ofWebhook(),
  testWebhook: ofWebhook({ body: {} }),
  listWebhookAttempts: ofWebhook(),
  listWebhookDeliveries: ofWebhook(),
};

/** Of what is said of a webhook, besides its address and whether it is enabled. */
export const badWebhookFields = {
  description: [1, true, [], {}, '', 'x'.repeat(201), 'a\u0000b'],
  eventTypes: [
    1,
    null,
    {},
    '',
    [1],
    [''],
    ['message.upsert'],
    ['message*'],
    ['mess*'],
    ['custom:'],
    ['custom:a b'],
    ['custom:*x'],
    Array.from({ length: 51 }, () => 'message'),
  ],
  conversations: [
    1,
    null,
    [],
    '',
    { kinds: null },
    { kinds: 'group' },
    { kinds: ['crowd'] },
    { kinds: Array.from({ length: 7 }, () => 'group') },
    { conversationId: 1 },
    { conversationId: '' },
    { conversationId: 'a b' },
    { conversationId: 'x'.repeat(65) },
    { another: 1 },
  ],
  format: [
    1,
    null,
    [],
    '',
    'batch',
    {},
    { kind: 'single', size: 2 },
    { kind: 'several' },
    { kind: 'batch', size: 0 },
    { kind: 'batch', size: 101 },
    { kind: 'batch', size: 1.5 },
    { kind: 'batch', lingerMs: -1 },
    { kind: 'batch', lingerMs: 201 },
    { kind: 'leancloud', size: '1' },
    { kind: 'vonage', size: 2 },
    { kind: 'vonage', types: 'text' },
    { kind: 'vonage', types: [1] },
    { kind: 'vonage', types: [''] },
    { kind: 'vonage', types: ['text*'] },
    { kind: 'vonage', types: ['custom:a b'] },
    { kind: 'vonage', types: ['*:seen'] },
    { kind: 'vonage', types: Array.from({ length: 51 }, () => 'text') },
  ],
  signatures: [1, null, {}, '', [], ['v2'], ['v1', 'v1'], ['v1', 'v1a', 'v1'], 'v1'],
};

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const noSuchWebhook: readonly Refusal[] = [
  ['an unknown webhook', 'webhook_not_found', () => ({ parameters: { webhookId: uuid } })],
  ['a webhook of another application', 'webhook_not_found', ({ foreign }) => ({ as: foreign })],
];
const forbidden: Refusal = [
  'an address that is not allowed',
  'address_not_allowed',
  () => ({ body: { url: 'http://192.168.0.1/' } }),
];
const reused = (body?: object): Refusal => [
  'a used key with other content',
  'idempotency_key_reused',
  () => ({ idempotencyKey: usedKey, ...(body && { body }) }),
];

/** As in impossible-requests.ts. */
export const webhookRefusals: Record<OperationId, readonly Refusal[]> = {
  createWebhook: [
    forbidden,
    ['one more than an application may have', 'too_many_webhooks', ({ hooked }) => ({ as: hooked })],
    reused(),
  ],
  listWebhooks: [],
  getWebhook: noSuchWebhook,
  updateWebhook: [...noSuchWebhook, forbidden],
  rotateWebhookSecret: [...noSuchWebhook, reused({ overlapSeconds: 1 })],
  rotateWebhookKey: [...noSuchWebhook, reused({ overlapSeconds: 1 })],
  deleteWebhook: noSuchWebhook,
  testWebhook: noSuchWebhook,
  listWebhookAttempts: noSuchWebhook,
  listWebhookDeliveries: noSuchWebhook,
};
