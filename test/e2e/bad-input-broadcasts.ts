import type { broadcastOperations } from '#contracts/rest/broadcast-operations.js';
import { limits } from '#contracts/limits.js';
import { foreign, nowhere } from './bad-input-members.js';
import { usedKey, type Cast, type Change, type Refusal } from './bad-input-cast.js';

type Id = keyof typeof broadcastOperations;

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const body = { senderId: 'tom', content: { type: 'text', text: 'never stored' } } as const;

/** See `goodRequests`. */
export const goodBroadcastRequests: Record<Id, (cast: Cast) => Change> = {
  sendBroadcast: ({ application, service }) => ({
    as: application,
    parameters: { conversationId: service },
    body,
  }),
  listBroadcasts: ({ application }) => ({ as: application }),
  deleteBroadcast: ({ application, broadcastId }) => ({
    as: application,
    parameters: { eventId: broadcastId },
  }),
};

/** What a broadcast has besides a message's fields. */
export const badBroadcastFields = {
  push: [null, 1, true, '', [], { alert: 'x'.repeat(limits.pushPayloadBytes) }],
  validTill: [null, '', '2036-01-01', true, 1.5, 0, -1, 1_000, Number.MAX_SAFE_INTEGER],
};

const user: Refusal = ['a user', 'forbidden', ({ tom }) => ({ as: tom })];
const used: Refusal = [
  'a used key with other content',
  'idempotency_key_reused',
  () => ({ idempotencyKey: usedKey }),
];

/** See `refusals`. */
export const broadcastRefusals: Record<Id, readonly Refusal[]> = {
  sendBroadcast: [
    nowhere(goodBroadcastRequests.sendBroadcast),
    foreign,
    user,
    used,
    ['a group', 'wrong_conversation_kind', ({ group }) => ({ parameters: { conversationId: group } })],
    ['an unknown sender', 'user_not_found', () => ({ body: { ...body, senderId: 'nobody' } })],
    [
      'a sender of another application',
      'user_not_found',
      () => ({ body: { ...body, senderId: 'foreigner' } }),
    ],
    ['an unknown file', 'file_not_found', () => ({ body: { ...body, attachments: [uuid] } })],
    [
      'an end that is too far away',
      'invalid_request',
      () => ({ body: { ...body, validTill: Date.now() + limits.broadcastValidity + 3_600_000 } }),
    ],
    ['an end that has passed', 'invalid_request', () => ({ body: { ...body, validTill: Date.now() - 1 } })],
  ],
  listBroadcasts: [
    user,
    ['an unknown service', 'conversation_not_found', () => ({ query: { conversationId: 'nowhere' } })],
    [
      'a service of another application',
      'conversation_not_found',
      ({ foreign: as, service }) => ({ as, query: { conversationId: service } }),
    ],
    ['a group', 'wrong_conversation_kind', ({ group }) => ({ query: { conversationId: group } })],
  ],
  deleteBroadcast: [
    user,
    used,
    ['an unknown event', 'broadcast_not_found', () => ({ parameters: { eventId: uuid } })],
    ['a message', 'broadcast_not_found', ({ eventId }) => ({ parameters: { eventId } })],
    ['a broadcast of another application', 'broadcast_not_found', ({ foreign: as }) => ({ as })],
  ],
};
