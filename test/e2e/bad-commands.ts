import { limits } from '#contracts/limits.js';
import type { ClientToServerEvents } from '#contracts/sockets.js';

export type Command = keyof ClientToServerEvents;

/** Arrays in arrays. */
export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const uuid = '01940b5e-7d2c-7000-8000-000000000001';

/** A good request of every command: as bad input changes one thing of it at a time, nothing else is wrong. */
export const good: Record<Command, Record<string, unknown>> = {
  'message.send': { conversationId: 'group', content: { type: 'text', text: 'never stored' } },
  'message.update': {
    conversationId: 'group',
    eventId: uuid,
    content: { type: 'text', text: 'never stored' },
  },
  'message.recall': { conversationId: 'group', eventId: uuid },
  'custom_event.send': { conversationId: 'group', name: 'never_stored', data: {} },
  'ephemeral_event.send': { conversationId: 'group', name: 'never_stored', data: {} },
  'ephemeral_message.send': { conversationId: 'group', content: { type: 'text', text: 'never stored' } },
  'typing.start': { conversationId: 'group' },
  'typing.stop': { conversationId: 'group' },
  'events.list': { conversationId: 'group' },
  'receipt.send': { conversationId: 'group', delivered: 1, read: 1 },
  'room.enter': { conversationId: 'group', afterSeq: 1 },
  'room.leave': { conversationId: 'group' },
  'session.refresh': { token: 'a.b.c' },
  'presence.subscribe': { userIds: ['jerry'] },
  'presence.unsubscribe': { userIds: ['jerry'] },
};
export const commands = Object.keys(good) as Command[];
/** Those that name a conversation. */
export const inConversations = commands.filter((command) => 'conversationId' in good[command]);

/** Stands for a field that is not there. */
export const missing = Symbol('missing');
const types = [1, true, null, [], {}, '', Buffer.from('a')];
const slugs = [
  missing,
  ...types,
  'x'.repeat(65),
  'a b',
  'a/b',
  'é',
  'a:b',
  '.',
  '..',
  '*',
  '>',
  '\u0000',
  '\ud83d',
];
const ids = [missing, ...types, '1', uuid.slice(1), '\u0000'];
const keys = [...types, 'x'.repeat(201), 'a b', 'é', '\u0000'];
const contents = [
  ...[
    missing,
    ...types,
    { type: 'text' },
    { type: 'text', text: '' },
    { type: 'text', text: 1 },
    { text: 'a' },
  ],
  { type: 'text', text: 'a', extra: 1 },
  { type: 'text', text: Buffer.from('a') },
  { type: 'image' },
  { type: 'json' },
  { type: 'json', json: Buffer.from('a') },
  { type: 'json', json: { inside: Buffer.from('a') } },
  { type: 'json', json: nested(limits.jsonDepth + 1) },
  { type: 'json', json: nested(1_000) },
  { type: 'binary', data: '' },
  { type: 'binary', data: Buffer.alloc(0) },
  { type: 'binary', data: 'not base64!' },
  { type: 'binary', data: [1, 2] },
];

const positions = [null, true, '', '1', [], {}, -1, 1.5];
const userIds = [
  ...[
    missing,
    1,
    true,
    null,
    {},
    '',
    'tom',
    [],
    [1],
    [null],
    [[]],
    [''],
    ['tom', 'a:b'],
    ['\u0000'],
    ['x'.repeat(201)],
  ],
  Array.from({ length: limits.presenceUsers + 1 }, (_, index) => String(index)),
];

/** Values of fields that are not valid. */
export const badFields: Record<Command, Record<string, readonly unknown[]>> = {
  'message.send': { conversationId: slugs, content: contents, idempotencyKey: keys },
  'custom_event.send': {
    conversationId: slugs,
    name: [missing, ...types, 'a b', 'a:b', 'a.b', 'é', 'a\n', 'x'.repeat(limits.customEventNameLength + 1)],
    data: [
      missing,
      Buffer.from('a'),
      { inside: Buffer.from('a') },
      nested(limits.jsonDepth + 1),
      nested(1_000),
    ],
    idempotencyKey: keys,
  },
  'message.update': { conversationId: slugs, eventId: ids, content: contents, idempotencyKey: keys },
  'message.recall': { conversationId: slugs, eventId: ids, idempotencyKey: keys },
  'events.list': {
    conversationId: slugs,
    types: [1, true, null, {}, '', 'message', [], [1], ['messages'], ['custom:']],
    cursor: [1, true, null, [], {}, 'x'.repeat(201)],
    limit: [0, -1, 101, 1.5, '10', null, true, []],
    order: [...types, 'sideways'],
  },
  'receipt.send': { conversationId: slugs, delivered: positions, read: positions },
  'ephemeral_event.send': { conversationId: slugs, name: [missing, ...types, 'a b'], data: [missing] },
  'ephemeral_message.send': { conversationId: slugs, content: contents },
  'typing.start': { conversationId: slugs },
  'typing.stop': { conversationId: slugs },
  'room.enter': { conversationId: slugs, afterSeq: [null, true, '', '1', [], {}, -1, 1.5] },
  'room.leave': { conversationId: slugs },
  'presence.subscribe': { userIds },
  'presence.unsubscribe': { userIds },
  'session.refresh': { token: [missing, 1, true, null, [], {}, Buffer.from('a'), 'x'.repeat(8_193)] },
};
