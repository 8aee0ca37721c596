import { limits } from '#contracts/limits.js';
import type { operations } from '#contracts/rest/operations.js';
import type { Cast, Change } from './bad-input-cast.js';
import { goodAccountRequests } from './bad-input-accounts.js';
import { goodBlockRequests } from './bad-input-blocks.js';
import { badBroadcastFields, goodBroadcastRequests } from './bad-input-broadcasts.js';
import { sampleRequest } from '../harness/managed-hooks.js';
import { badFileFields, goodFileRequests } from './bad-input-files.js';
import { goodHookRequests } from './bad-input-hooks.js';
import { badHookServerFields, goodHookServerRequests } from './bad-input-hook-servers.js';
import { badWebhookFields, goodWebhookRequests } from './bad-input-webhooks.js';
import { badReplayFields, goodReplayRequests } from './bad-input-webhook-replays.js';
import { goodMemberRequests } from './bad-input-members.js';
import { badMessageFields, badRecipients, goodMessageRequests } from './bad-input-messages.js';

export type OperationId = keyof typeof operations;

/** A good request of every operation: as bad input changes one thing of it at a time, nothing else is wrong. */
export const goodRequests: Record<OperationId, (cast: Cast) => Change> = {
  ...goodAccountRequests,
  listSessions: ({ application }) => ({ as: application, query: { userId: 'tom' } }),
  endSession: ({ application, client }) => ({
    as: application,
    parameters: { sessionId: client.ready.sessionId },
  }),
  endSessions: ({ application }) => ({ as: application, query: { userId: 'tom' } }),
  listPresences: ({ tom }) => ({ as: tom, query: { userIds: 'tom,jerry' } }),
  revokeToken: ({ application }) => ({
    as: application,
    parameters: { userId: 'tom' },
    body: { tokenId: 'never revoked' },
  }),
  revokeTokens: ({ application }) => ({ as: application, parameters: { userId: 'tom' } }),
  createConversation: ({ application }) => ({ as: application, body: { members: [{ userId: 'tom' }] } }),
  listConversations: ({ tom }) => ({ as: tom }),
  getConversation: ({ tom, group }) => ({ as: tom, parameters: { conversationId: group } }),
  updateConversation: ({ application, group }) => ({
    as: application,
    parameters: { conversationId: group },
    body: { name: 'never stored' },
  }),
  deleteConversation: ({ application, group }) => ({
    as: application,
    parameters: { conversationId: group },
  }),
  ...goodMemberRequests,
  ...goodMessageRequests,
  ...goodBlockRequests,
  ...goodBroadcastRequests,
  sendMessage: ({ tom, group }) => ({
    as: tom,
    parameters: { conversationId: group },
    body: { content: { type: 'text', text: 'never stored' } },
  }),
  sendCustomEvent: ({ tom, group }) => ({
    as: tom,
    parameters: { conversationId: group },
    body: { name: 'never_stored', data: {} },
  }),
  listEvents: ({ tom, group }) => ({ as: tom, parameters: { conversationId: group } }),
  getEvent: ({ tom, group, eventId }) => ({ as: tom, parameters: { conversationId: group, eventId } }),
  sendReceipt: ({ tom, group }) => ({
    as: tom,
    parameters: { conversationId: group },
    body: { delivered: 1, read: 1 },
  }),
  listReceipts: ({ tom, group }) => ({ as: tom, parameters: { conversationId: group } }),
  getEventReceipts: ({ tom, group, eventId }) => ({
    as: tom,
    parameters: { conversationId: group, eventId },
  }),
  getUnread: ({ tom, group }) => ({ as: tom, parameters: { conversationId: group } }),
  listUnread: ({ tom }) => ({ as: tom }),
  getUnreadTotal: ({ tom }) => ({ as: tom }),
  clearUnread: ({ tom }) => ({ as: tom, body: {} }),
  ...goodHookRequests,
  ...goodHookServerRequests,
  ...goodWebhookRequests,
  ...goodReplayRequests,
  listPushNotifications: ({ application }) => ({ as: application }),
  ...goodFileRequests,
};

/** Stands for a field that is not there. */
export const missing = Symbol('missing');

/** Stand for what `JSON.stringify` cannot write; `jsonText` puts it in. */
const infinity = '<infinity>';
export const abyss = '<abyss>';

/** A body as text, with what only a text can hold. */
export function jsonText(body: unknown): string {
  return JSON.stringify(body)
    .replaceAll(`"${infinity}"`, '1e999')
    .replaceAll(`"${abyss}"`, '['.repeat(10_000) + ']'.repeat(10_000));
}

/** Arrays in arrays. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const types = [1, true, null, [], {}, '', nested(100)];
const text = [...types, 'x'.repeat(limits.nameLength + 1), 'a\u0000b', 'line\nbreak', '\ud83d'];
const userIds = [...types, 'x'.repeat(201), 'a:b', 'a\u0000b', 'a\nb', '\ud83d', 'a\ude00', '.', '..'];
const slugs = [...types, 'x'.repeat(65), 'a b', 'a/b', 'é', 'a:b', '..', '.', '*', '>'];
const attributes = [
  ...[1, true, null, [], '', 'text'],
  { deep: nested(limits.jsonDepth) },
  { big: 'x'.repeat(limits.attributesBytes) },
  { a: '\u0000' },
  { '\u0000': 1 },
  { a: '\ud83d' },
  { '\ude00': 1 },
  { a: infinity },
  { a: abyss },
];
const members = [
  ...[1, true, null, {}, '', [1], [null], [[]], ['tom'], [{}], [{ userId: 1 }], [{ userId: 'a:b' }]],
  [{ userId: 'tom', role: 'king' }],
  [{ userId: 'tom', role: null }],
  [{ userId: 'tom', extra: 1 }],
  Array.from({ length: limits.membersPerGroup + 1 }, (_, index) => ({ userId: `extra ${String(index)}` })),
];
const urls = [
  ...types,
  ...[
    'x',
    '/path',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://',
    'http://a b/',
  ],
  ...[
    'http://user:password@example.com/',
    'http://example.com/#fragment',
    `http://example.com/${'x'.repeat(2_048)}`,
  ],
];
const seconds = [null, '', '60', true, [], 0, -1, 1.5, limits.restrictionSeconds + 1, infinity];
const enabled = [1, null, 'true', [], {}];
const contents = [
  ...types,
  { type: 'text' },
  { type: 'text', text: '' },
  { type: 'text', text: 1 },
  { type: 'text', text: null },
  { type: 'text', text: ['a'] },
  { type: 'text', text: 'a', extra: 1 },
  { type: 'text', text: 'a', json: 1 },
  { type: 'Text', text: 'a' },
  { type: 'image', url: 'x' },
  { text: 'a' },
  { type: 'json' },
  { type: 'json', json: nested(limits.jsonDepth + 1) },
  { type: 'json', json: abyss },
  { type: 'json', json: [infinity] },
  { type: 'binary', data: '' },
  { type: 'binary', data: 'not base64!' },
  { type: 'binary', data: 'YQ' },
  { type: 'binary', data: 1 },
  { type: 'binary', data: { type: 'Buffer', data: [1, 2, 3] } },
  { type: 'binary', json: 1 },
  JSON.parse('{"type":"text","text":"a","__proto__":{"admin":true}}') as unknown,
  JSON.parse('{"__proto__":{"type":"text","text":"a"}}') as unknown,
];
const customNames = [
  ...types,
  ...['a b', 'a.b', 'a:b', 'é', 'a*', 'a>', 'a/b', 'a\u0000', '\ud83d', 'a\n', 'x'.repeat(101)],
];
const customData = [missing, nested(limits.jsonDepth + 1), abyss, [infinity]];

const importedKeys = [
  ...types,
  ...['x'.repeat(limits.importedKeyMinimum - 1), 'x'.repeat(limits.importedKeyMaximum + 1)],
  ...['sixteen letters,', 'sixteen letters ', 'sixteen letters\u00e9'],
];

const positions = [null, true, '', '1', [], {}, -1, 1.5, infinity];

const overlaps = (maximum: number) => [null, '', '1', true, [], {}, -1, 1.5, maximum + 1, infinity];

const badHookFields = {
  kinds: [1, null, '', {}, ['Group'], [1], Array.from({ length: 7 }, () => 'group')],
  attribute: [
    ...[1, true, [], {}, '', { name: 'tier' }, { value: 1 }, { name: '', value: 1 }],
    { name: 'x'.repeat(limits.nameLength + 1), value: 1 },
    { name: 'tier', value: {} },
    { name: 'tier', value: 'x'.repeat(1_001) },
    { name: 'tier', value: infinity },
    { name: 'tier', value: 1, extra: 1 },
  ],
  concurrency: [null, '', '1', true, [], 0, -1, 1.5, limits.hookConcurrencyMaximum + 1],
  mode: [...types, 'off', 'Shadow'],
  recordContents: enabled,
  position: [null, '', '1', true, [], -1, 1.5, 10_001],
  deadline: [null, '', '100', true, [], 0, 49, 9_001, 100.5],
  failurePolicy: [...types, 'ignore'],
  enabled,
};

/** Values of a body's fields that are not valid. */
export const badFields: Partial<Record<OperationId, Readonly<Record<string, readonly unknown[]>>>> = {
  createApplication: {
    id: slugs,
    name: [missing, ...text],
    hookFailure: [...types, 'default', 'Abort'],
    publicKeys: [
      1,
      null,
      {},
      '',
      [1],
      [''],
      ['-----BEGIN RSA PRIVATE KEY-----'],
      Array.from({ length: 6 }, () => '-----BEGIN PUBLIC KEY-----'),
    ],
    appKey: importedKeys,
    masterKey: importedKeys,
    hookKey: importedKeys,
  },
  updateApplication: {
    name: text,
    hookFailure: [...types, 'default'],
    publicKeys: [1, null, {}, '', [1], ['-----BEGIN RSA PRIVATE KEY-----']],
    eventRetentionDays: [0, 6, 7.5, '30', true, [], limits.eventRetentionDaysMaximum + 1],
    signatureAreas: [
      1,
      null,
      {},
      '',
      'login',
      [1],
      [''],
      ['Login'],
      Array.from({ length: 5 }, () => 'login'),
    ],
  },
  rotateKey: {
    overlapSeconds: overlaps(limits.keyOverlapMaximumSeconds),
  },
  createUser: {
    id: [missing, ...userIds],
    uid: [...types, 'tom', '01940b5e-7d2c-7000-8000', '{01940b5e-7d2c-7000-8000-000000000001}'],
    displayName: text,
    attributes,
  },
  updateUser: {
    displayName: text.filter((value) => value !== null),
    attributes: attributes.filter(
      (value) => typeof value !== 'object' || value === null || !('deep' in value),
    ),
  },
  createToken: {
    expiresIn: [null, '', '60', true, [], 0, -1, 1.5, limits.tokenLifetimeMaximumSeconds + 1, infinity],
  },
  revokeToken: { tokenId: text, token: [...types, 'x'.repeat(8_193)] },
  createConversation: {
    id: slugs,
    kind: [...types, 'business', 'support'],
    name: text,
    attributes,
    historyVisibility: [...types, 'never'],
    joinRule: [...types, 'never'],
    expiresIn: [null, '', '60', true, [], 60],
    uniqueKey: text,
    unique: enabled,
    equalMembers: enabled,
    receiptsAsEvents: enabled,
    ownerId: userIds,
    members,
  },
  updateConversation: {
    name: text.filter((name) => name !== null),
    attributes,
    joinRule: [...types, 'never'],
    state: [...types, 'deleted'],
  },
  addMembers: { members: [missing, [], ...members] },
  inviteMembers: { members: [missing, [], ...members] },
  updateMember: { role: [missing, ...types, 'king'] },
  transferOwnership: { userId: [missing, ...userIds] },
  silenceMember: { seconds },
  blockInConversation: { userId: [missing, ...userIds], seconds },
  sendMessage: {
    content: [missing, ...contents],
    ...badMessageFields,
    senderId: [...userIds, 'jerry'],
    to: badRecipients,
  },
  sendBroadcast: {
    content: [missing, ...contents],
    mentions: badMessageFields.mentions,
    senderId: [missing, ...userIds],
    ...badBroadcastFields,
  },
  updateMessage: { content: [missing, ...contents], mentions: badMessageFields.mentions },
  sendCustomEvent: {
    name: [missing, ...customNames],
    data: customData,
    senderId: [...userIds, 'jerry'],
    to: badRecipients,
  },
  sendEphemeralEvent: {
    name: [missing, ...customNames],
    data: customData,
    senderId: [...userIds, 'jerry'],
    to: badRecipients,
  },
  sendReceipt: { delivered: positions, read: positions, userId: [...userIds, 'jerry'] },
  clearUnread: { userId: [...userIds, 'jerry'] },
  createHook: {
    name: [missing, ...types, 'messageUpdated', 'MessageSent', '_messageReceived', 'toString', '__proto__'],
    url: [missing, ...urls],
    ...badHookFields,
  },
  updateHook: { url: urls, ...badHookFields },
  rotateHookSecret: {
    overlapSeconds: overlaps(limits.secretOverlapMaximumSeconds),
  },
  dryRunHook: { request: [missing, 1, null, [], '', {}, { event: 1 }, { ...sampleRequest, event: {} }] },
  ...badFileFields,
  ...badHookServerFields,
  createWebhook: { url: [missing, ...urls], enabled, ...badWebhookFields },
  updateWebhook: { url: urls, enabled, ...badWebhookFields },
  createWebhookReplay: {
    ...badReplayFields,
    what: [missing, ...badReplayFields.what],
    from: [missing, ...badReplayFields.from],
  },
  rotateWebhookSecret: { overlapSeconds: overlaps(limits.secretOverlapMaximumSeconds) },
  rotateWebhookKey: { overlapSeconds: overlaps(limits.secretOverlapMaximumSeconds) },
  testWebhook: { type: [...types, 'webhook.*', 'custom:*', 'custom:', 'custom:a b', 'batch'] },
};
