import type { webhookReplayOperations } from '#contracts/rest/webhook-replay-operations.js';
import { usedKey, type Cast, type Change, type Refusal } from './bad-input-cast.js';

type OperationId = keyof typeof webhookReplayOperations;

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const good = { what: 'dead', from: 1 };

/** Of a webhook that is enabled; a replay of it is running. */
const ofReplayed =
  (change: Change = {}) =>
  ({ application, replayedWebhookId: webhookId, replayId, eventId }: Cast): Change => {
    const parameters = { webhookId, replayId, eventId, ...change.parameters };
    return { as: application, ...change, parameters };
  };

/** As in bad-requests.ts, of the operations on replays. */
export const goodReplayRequests: Record<OperationId, (cast: Cast) => Change> = {
  replayWebhookEvent: ofReplayed({ body: {} }),
  createWebhookReplay: ofReplayed({ body: good }),
  listWebhookReplays: ofReplayed(),
  getWebhookReplay: ofReplayed(),
  cancelWebhookReplay: ofReplayed(),
};

const times = ['', '1', 1.5, -1, true, {}, [], 253_402_300_800_000, 1e300];

export const badReplayFields = {
  what: [null, 1, '', 'everything', ['dead'], {}],
  from: [null, ...times],
  to: [1, 0, ...times],
  conversationId: [1, '', 'a b', 'x'.repeat(65), {}, [], 'a\u0000'],
};

const noSuchWebhook: readonly Refusal[] = [
  ['an unknown webhook', 'webhook_not_found', ofReplayed({ parameters: { webhookId: uuid } })],
  [
    'a webhook of another application',
    'webhook_not_found',
    (cast) => ({ ...ofReplayed()(cast), as: cast.foreign }),
  ],
];
const disabled: Refusal = [
  'a disabled webhook',
  'webhook_disabled',
  (cast) => ofReplayed({ parameters: { webhookId: cast.webhookId } })(cast),
];
const noSuchReplay: readonly Refusal[] = [
  ...noSuchWebhook,
  ['an unknown replay', 'replay_not_found', ofReplayed({ parameters: { replayId: uuid } })],
  [
    'a replay of another webhook',
    'replay_not_found',
    (cast) => ofReplayed({ parameters: { webhookId: cast.webhookId } })(cast),
  ],
];

/** As in impossible-requests.ts. */
export const replayRefusals: Record<OperationId, readonly Refusal[]> = {
  replayWebhookEvent: [
    ...noSuchWebhook,
    disabled,
    ['an unknown event', 'event_not_found', ofReplayed({ parameters: { eventId: uuid } })],
    [
      'an event of another application',
      'event_not_found',
      (cast) => ofReplayed({ parameters: { eventId: cast.foreignEventId } })(cast),
    ],
  ],
  createWebhookReplay: [
    ...noSuchWebhook,
    disabled,
    ['while one is running', 'replay_running', ofReplayed()],
    ['a used key with other content', 'idempotency_key_reused', ofReplayed({ idempotencyKey: usedKey })],
    [
      'what was taken longer ago than is known',
      'invalid_request',
      ofReplayed({ body: { what: 'missing', from: 1 } }),
    ],
  ],
  listWebhookReplays: noSuchWebhook,
  getWebhookReplay: noSuchReplay,
  cancelWebhookReplay: noSuchReplay,
};
