import { limits } from '#contracts/limits.js';
import { usedKey, usedUid, type Change, type Refusal } from './bad-input-cast.js';
import { blockRefusals } from './bad-input-blocks.js';
import { broadcastRefusals } from './bad-input-broadcasts.js';
import { hookServerRefusals } from './bad-input-hook-servers.js';
import { fileRefusals } from './bad-input-files.js';
import { hookRefusals } from './bad-input-hooks.js';
import { memberRefusals } from './bad-input-members.js';
import { messageRefusals, recipientRefusals } from './bad-input-messages.js';
import { sessionRefusals } from './bad-input-sessions.js';
import { replayRefusals } from './bad-input-webhook-replays.js';
import { webhookRefusals } from './bad-input-webhooks.js';
import type { OperationId } from './bad-requests.js';

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const key = { idempotencyKey: usedKey };

function sendRefusals(bodyOf: (part: { senderId?: string; content?: object }) => object): Refusal[] {
  const to = (conversationId: string): Change => ({ parameters: { conversationId } });
  return [
    ['an unknown conversation', 'conversation_not_found', () => to('nowhere')],
    ['a deleted conversation', 'conversation_not_found', ({ deleted }) => to(deleted)],
    ['an inactive conversation', 'conversation_inactive', ({ inactive }) => to(inactive)],
    ['a sender of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    [
      'the master key of another application',
      'conversation_not_found',
      ({ foreign }) => ({ as: foreign, body: bodyOf({ senderId: 'foreigner' }) }),
    ],
    ['a sender who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['a sender who is silenced', 'member_silenced', ({ silenced }) => ({ as: silenced })],
    ['no sender, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
    [
      'an unknown sender, with the master key',
      'user_not_found',
      ({ application }) => ({ as: application, body: bodyOf({ senderId: 'nobody' }) }),
    ],
    [
      'a used key with other content',
      'idempotency_key_reused',
      ({ application }) => ({ as: application, body: bodyOf({ senderId: 'tom' }), ...key }),
    ],
  ];
}

const onConversation: readonly Refusal[] = [
  [
    'an unknown conversation',
    'conversation_not_found',
    () => ({ parameters: { conversationId: 'nowhere' } }),
  ],
  [
    'a deleted conversation',
    'conversation_not_found',
    ({ deleted }) => ({ parameters: { conversationId: deleted } }),
  ],
  ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
  ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
];

/** What is well-formed and yet not possible: the rules of the domain. */
export const refusals: Record<OperationId, readonly Refusal[]> = {
  createApplication: [
    ['an id that is taken', 'application_exists', () => ({ body: { id: 'cartoons', name: 'Again' } })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  updateApplication: [
    ['no application', 'application_not_found', () => ({ parameters: { applicationId: 'nobody' } })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  listApplications: [],
  getApplication: [
    [
      'no application',
      'application_not_found',
      ({ world }) => ({ as: world.owner, parameters: { applicationId: 'nobody' } }),
    ],
    ['another application', 'forbidden', ({ foreign }) => ({ as: foreign })],
  ],
  deleteApplication: [
    ['no application', 'application_not_found', () => ({})],
    ['its own master key', 'forbidden', ({ application }) => ({ as: application })],
  ],
  rotateKey: [
    [
      'no application',
      'application_not_found',
      () => ({ parameters: { applicationId: 'nobody', kind: 'appKey' } }),
    ],
    ['another application', 'forbidden', ({ foreign }) => ({ as: foreign })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  createUser: [
    ['an id that is taken', 'user_exists', () => ({ body: { id: 'tom' } })],
    ['a uid that is taken', 'user_exists', () => ({ body: { id: 'new', uid: usedUid } })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  listUsers: [],
  updateUser: [
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
    ['another user', 'forbidden', ({ tom }) => ({ as: tom, parameters: { userId: 'jerry' } })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  deleteUser: [
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', () => ({ parameters: { userId: 'foreigner' } })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  getUser: [
    ['another user', 'forbidden', ({ tom }) => ({ as: tom, parameters: { userId: 'jerry' } })],
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', () => ({ parameters: { userId: 'foreigner' } })],
  ],
  exportUser: [
    ['another user', 'forbidden', ({ tom }) => ({ as: tom, parameters: { userId: 'jerry' } })],
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
  ],
  createToken: [
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'nobody' } })],
    ['a user of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
  ],
  ...sessionRefusals,
  createConversation: [
    ['an id that is taken', 'conversation_exists', ({ group }) => ({ body: { id: group } })],
    ['an unknown owner', 'user_not_found', () => ({ body: { ownerId: 'nobody' } })],
    ['another owner than oneself', 'invalid_request', ({ tom }) => ({ as: tom, body: { ownerId: 'jerry' } })],
    [
      'members of a room',
      'invalid_request',
      () => ({ body: { kind: 'room', members: [{ userId: 'tom' }] } }),
    ],
    ['a room that is unique', 'invalid_request', () => ({ body: { kind: 'room', unique: true } })],
    ['a group that expires', 'invalid_request', () => ({ body: { expiresIn: 60 } })],
    ...(['equalMembers', 'receiptsAsEvents'] as const).flatMap((field) =>
      (['room', 'system'] as const).map((kind): Refusal => [
        `${field} in a ${kind}`,
        'invalid_request',
        () => ({ body: { kind, [field]: true, members: [] } }),
      ]),
    ),
    [
      'a role among equals',
      'invalid_request',
      () => ({ body: { equalMembers: true, members: [{ userId: 'tom', role: 'manager' }] } }),
    ],
    [
      'a conversation that is to be unique in two ways',
      'invalid_request',
      () => ({ body: { unique: true, uniqueKey: 'k' } }),
    ],
    ...[0, -1, 1.5, limits.temporaryConversationMaximumSeconds + 1].map((expiresIn): Refusal => [
      `one that lasts ${String(expiresIn)} seconds`,
      'invalid_request',
      () => ({ body: { kind: 'temporary', expiresIn } }),
    ]),
    ['an unknown member', 'user_not_found', () => ({ body: { members: [{ userId: 'nobody' }] } })],
    ['a member of another application', 'user_not_found', ({ foreign }) => ({ as: foreign })],
    [
      'a member named twice',
      'invalid_request',
      () => ({ body: { members: [{ userId: 'tom' }, { userId: 'tom' }] } }),
    ],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  listConversations: [
    [
      'by activity, without a user',
      'invalid_request',
      ({ application }) => ({ as: application, query: { order: 'active' } }),
    ],
  ],
  updateConversation: [
    ...onConversation,
    [
      'an inactive conversation',
      'conversation_inactive',
      ({ inactive }) => ({ parameters: { conversationId: inactive } }),
    ],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['a member', 'insufficient_role', ({ tom }) => ({ as: tom })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  deleteConversation: [
    ...onConversation,
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['a member', 'insufficient_role', ({ tom }) => ({ as: tom })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  getConversation: [
    [
      'an unknown conversation',
      'conversation_not_found',
      () => ({ parameters: { conversationId: 'nowhere' } }),
    ],
    [
      'a deleted conversation',
      'conversation_not_found',
      ({ deleted }) => ({ parameters: { conversationId: deleted } }),
    ],
    ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
  ],
  ...memberRefusals,
  ...broadcastRefusals,
  ...messageRefusals,
  ...blockRefusals,
  sendMessage: [
    ...sendRefusals(({ content = { type: 'text', text: 'a' }, ...rest }) => ({ content, ...rest })),
    ...recipientRefusals({ content: { type: 'text', text: 'a' } }),
    ...[
      { type: 'text', text: 'x'.repeat(limits.messageBytes - 1) },
      { type: 'text', text: '"'.repeat(limits.messageBytes / 2) },
      { type: 'text', text: '😀'.repeat(limits.messageBytes / 4) },
      { type: 'json', json: 'x'.repeat(limits.messageBytes - 1) },
      { type: 'binary', data: Buffer.alloc(limits.messageBytes + 1).toString('base64') },
    ].map((content) => ['64 KiB and more', 'message_too_large', () => ({ body: { content } })] as const),
  ],
  sendCustomEvent: [
    ...sendRefusals((rest) => ({ name: 'a', data: 1, ...rest })),
    ...recipientRefusals({ name: 'a', data: 1 }),
    [
      '4,097 bytes of data',
      'custom_event_data_too_large',
      () => ({ body: { name: 'a', data: 'x'.repeat(limits.customEventDataBytes - 1) } }),
    ],
    [
      'data of more than 4,096 bytes in fewer characters',
      'custom_event_data_too_large',
      () => ({ body: { name: 'a', data: '界'.repeat(limits.customEventDataBytes / 3) } }),
    ],
  ],
  listEvents: [
    [
      'an unknown conversation',
      'conversation_not_found',
      () => ({ parameters: { conversationId: 'nowhere' } }),
    ],
    ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    [
      'the inbox of a group',
      'wrong_conversation_kind',
      ({ application }) => ({ as: application, query: { view: 'inbox' } }),
    ],
    ['the inbox, with a user token', 'forbidden', () => ({ query: { view: 'inbox' } })],
  ],
  sendReceipt: [
    [
      'an unknown conversation',
      'conversation_not_found',
      () => ({ parameters: { conversationId: 'nowhere' } }),
    ],
    [
      'a deleted conversation',
      'conversation_not_found',
      ({ deleted }) => ({ parameters: { conversationId: deleted } }),
    ],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['nothing said', 'invalid_request', () => ({ body: {} })],
    ['more than there is', 'receipt_beyond_end', () => ({ body: { read: 1_000 } })],
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
    [
      'an unknown user, with the master key',
      'not_a_member',
      ({ application }) => ({ as: application, body: { userId: 'nobody', read: 1 } }),
    ],
  ],
  getUnread: [
    [
      'an unknown conversation',
      'conversation_not_found',
      () => ({ parameters: { conversationId: 'nowhere' } }),
    ],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
  ],
  listUnread: [
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
  ],
  getUnreadTotal: [
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
  ],
  clearUnread: [
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
  ],
  listReceipts: [
    [
      'an unknown conversation',
      'conversation_not_found',
      () => ({ parameters: { conversationId: 'nowhere' } }),
    ],
    ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
  ],
  getEventReceipts: [
    [
      'an unknown event',
      'event_not_found',
      ({ group }) => ({ parameters: { conversationId: group, eventId: uuid } }),
    ],
    ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
    ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })],
  ],
  getEvent: [
    [
      'an unknown event',
      'event_not_found',
      ({ group }) => ({ parameters: { conversationId: group, eventId: uuid } }),
    ],
    [
      'an event of another conversation',
      'event_not_found',
      ({ eventId }) => ({ parameters: { conversationId: 'first', eventId } }),
    ],
    [
      'an unknown conversation',
      'conversation_not_found',
      ({ eventId }) => ({ parameters: { conversationId: 'nowhere', eventId } }),
    ],
    ['a conversation of another application', 'conversation_not_found', ({ foreign }) => ({ as: foreign })],
    ['a user of another application', 'conversation_not_found', ({ foreigner }) => ({ as: foreigner })],
    ['a user who is not in it', 'event_not_found', ({ spike }) => ({ as: spike })],
  ],
  ...hookServerRefusals,
  ...webhookRefusals,
  ...replayRefusals,
  listPushNotifications: [],
  ...hookRefusals,
  ...fileRefusals,
};
