import type { ErrorCode } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { ephemeralOperations } from '#contracts/rest/ephemeral-operations.js';
import type { messageOperations } from '#contracts/rest/message-operations.js';
import { usedKey, type Cast, type Change } from './bad-input-cast.js';

type Id = keyof typeof messageOperations | keyof typeof ephemeralOperations;
type Refusal = readonly [string, ErrorCode, (cast: Cast) => Change];

const uuid = '01940b5e-7d2c-7000-8000-000000000001';

/** See `goodRequests`. */
export const goodMessageRequests: Record<Id, (cast: Cast) => Change> = {
  updateMessage: ({ tom, group, eventId }) => ({
    as: tom,
    parameters: { conversationId: group, eventId },
    body: { content: { type: 'text', text: 'never stored' } },
  }),
  recallMessage: ({ tom, group, eventId }) => ({ as: tom, parameters: { conversationId: group, eventId } }),
  deleteMessage: ({ application, group, eventId }) => ({
    as: application,
    parameters: { conversationId: group, eventId },
  }),
  sendEphemeralEvent: ({ tom, group }) => ({
    as: tom,
    parameters: { conversationId: group },
    body: { name: 'never_stored', data: {} },
  }),
};

/** What a message cannot have besides its content. */
export const badMessageFields = {
  mentions: [
    ...[1, true, null, [], '', { userIds: 'tom' }, { userIds: ['a:b'] }, { everyone: 1 }, { all: true }],
    { userIds: Array.from({ length: limits.mentionsPerMessage + 1 }, String) },
  ],
  expiresIn: [null, '', '60', true, [], 0, -1, 1.5, limits.messageLifetimeMaximumSeconds + 1],
};

/** Whom something cannot be for. */
export const badRecipients = [
  ...[1, true, null, '', 'tom', {}, [], [1], [null], [[]], [''], ['a:b'], ['\u0000']],
  Array.from({ length: limits.recipientsPerMessage + 1 }, (_, index) => `extra ${String(index)}`),
];

/** Types of events that cannot be asked for. */
export const badTypes = ['', 'messages', 'message,', 'custom:', 'custom:a b', '*'].map(
  (value) => ['types', value, 'invalid_request'] as const,
);

/** Whom something is for is said by servers, in services, and of users that there are. */
export function recipientRefusals(body: object): Refusal[] {
  const to = (...userIds: string[]) => ({ ...body, to: userIds });
  return [
    ['recipients that a user names', 'forbidden', () => ({ body: to('jerry') })],
    [
      'recipients in a group',
      'wrong_conversation_kind',
      ({ application }) => ({ as: application, body: { ...to('jerry'), senderId: 'tom' } }),
    ],
    ...['nobody', 'foreigner'].map((userId): Refusal => [
      `a recipient who is not there: ${userId}`,
      'user_not_found',
      ({ application, service }) => ({
        as: application,
        parameters: { conversationId: service },
        body: { ...to('jerry', userId), senderId: 'tom' },
      }),
    ]),
  ];
}

const toMessage =
  (conversationOf: (cast: Cast) => string, idOf: (cast: Cast) => string = ({ eventId }) => eventId) =>
  (cast: Cast): Change => ({ parameters: { conversationId: conversationOf(cast), eventId: idOf(cast) } });

const atMessage: readonly Refusal[] = [
  ['an unknown conversation', 'conversation_not_found', toMessage(() => 'nowhere')],
  ['a deleted conversation', 'conversation_not_found', toMessage(({ deleted }) => deleted)],
  ['an inactive conversation', 'conversation_inactive', toMessage(({ inactive }) => inactive)],
  ['the master key of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
  [
    'an unknown event',
    'event_not_found',
    toMessage(
      ({ group }) => group,
      () => uuid,
    ),
  ],
  [
    'an event that is no message',
    'not_a_message',
    toMessage(
      ({ group }) => group,
      ({ joinedId }) => joinedId,
    ),
  ],
  [
    'an event of another conversation',
    'event_not_found',
    (cast) => ({ as: cast.application, ...toMessage(() => 'first')(cast) }),
  ],
  [
    'a used key with other content',
    'idempotency_key_reused',
    ({ application }) => ({ as: application, idempotencyKey: usedKey }),
  ],
];

const onMessage: readonly Refusal[] = [
  ...atMessage,
  ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
  ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
];

/** See `refusals`. */
export const messageRefusals: Record<Id, readonly Refusal[]> = {
  updateMessage: [
    ...onMessage,
    ['another member', 'not_the_sender', ({ jerry }) => ({ as: jerry })],
    ['a sender who is silenced', 'member_silenced', ({ silenced }) => ({ as: silenced })],
    [
      '64 KiB and more',
      'message_too_large',
      () => ({ body: { content: { type: 'text', text: 'x'.repeat(limits.messageBytes - 1) } } }),
    ],
  ],
  sendEphemeralEvent: [
    ['an unknown conversation', 'conversation_not_found', toMessage(() => 'nowhere')],
    ['a deleted conversation', 'conversation_not_found', toMessage(({ deleted }) => deleted)],
    ['an inactive conversation', 'conversation_inactive', toMessage(({ inactive }) => inactive)],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a sender who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['a sender who is silenced', 'member_silenced', ({ silenced }) => ({ as: silenced })],
    ['no sender, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
    [
      'an unknown sender, with the master key',
      'user_not_found',
      ({ application }) => ({ as: application, body: { name: 'a', data: 1, senderId: 'nobody' } }),
    ],
    ...recipientRefusals({ name: 'a', data: 1 }),
    [
      '4,097 bytes of data',
      'custom_event_data_too_large',
      () => ({ body: { name: 'a', data: 'x'.repeat(limits.customEventDataBytes - 1) } }),
    ],
  ],
  deleteMessage: [
    ...atMessage,
    ['a user', 'forbidden', ({ tom }) => ({ as: tom })],
    ['a user for whom it is not by name', 'event_not_found', () => ({ query: { userId: 'jerry' } })],
  ],
  recallMessage: [...onMessage, ['another member', 'insufficient_role', ({ jerry }) => ({ as: jerry })]],
};
