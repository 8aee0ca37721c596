import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '#contracts/json-value.js';
import { LeanCloudError } from '../leancloud-error.js';
import { conversationChangeOf, newConversationOf } from './writes.js';

type Columns = Record<string, JsonValue>;

const nothing = { members: [], kind: 'group', unique: false, creatorId: null };

describe('a new conversation', () => {
  test.each<[Columns, object]>([
    [{}, {}],
    [{ name: 'Cats', ACL: {} }, { name: 'Cats' }],
    [{ sys: true }, { kind: 'system' }],
    [{ tr: true, sys: false }, { kind: 'room' }],
    [
      { unique: true, c: 'Tom' },
      { unique: true, creatorId: 'Tom' },
    ],
    [{ m: ['Tom'] }, { members: [{ is: 'set', userIds: ['Tom'] }] }],
    [{ m: { __op: 'AddUnique', objects: ['Tom'] } }, { members: [{ is: 'add', userIds: ['Tom'] }] }],
    [{ m: null }, {}],
    [
      { attr: { a: 1, b: null }, c2: { __type: 'Date', iso: 'x' } },
      { attributes: { a: 1, c2: { __type: 'Date', iso: 'x' } } },
    ],
    [{ 'attr.a.b': 1, d: null }, { attributes: { a: { b: 1 } } }],
    [{ attr: { m: 1 } }, { attributes: { m: 1 } }],
  ])('%j', (columns, expected) => {
    expect(newConversationOf(columns)).toEqual({ ...nothing, ...expected });
  });
});

describe('a change', () => {
  test.each<[Columns, object]>([
    [{ name: null }, { name: null }],
    [{ name: { __op: 'Delete' } }, { name: null }],
    [{ a: { __op: 'Delete' }, 'attr.b': null }, { attributes: { a: null, b: null } }],
    [{ attr: { a: { __op: 'Delete' } } }, { attributes: { a: null } }],
    [{ m: { __op: 'Remove', objects: ['Tom'] } }, { members: [{ is: 'remove', userIds: ['Tom'] }] }],
    [{ m: { __op: 'Add', objects: [] } }, { members: [{ is: 'add', userIds: [] }] }],
  ])('%j', (columns, expected) => {
    expect(conversationChangeOf(columns)).toEqual({ ...nothing, ...expected });
  });
});

test.each<[number, Columns]>([
  [119, { objectId: 'x' }],
  [119, { createdAt: 'x' }],
  [119, { mu: [] }],
  [119, { uniqueId: 'x' }],
  [111, { count: { __op: 'Increment', amount: 1 } }],
  [111, { attr: { count: { __op: 'Increment', amount: 1 } } }],
  [111, { 'attr.list': { __op: 'Add', objects: [1] } }],
  [111, { m: { __op: 'Delete' } }],
  [111, { m: { __op: 'toString' } }],
  [1, { m: 'Tom' }],
  [1, { m: [1] }],
  [1, { m: { __op: 'Add' } }],
  [1, { name: 1 }],
  [1, { attr: 1 }],
  [1, { attr: null }],
])('%s: %j', (code, columns) => {
  for (const read of [newConversationOf, conversationChangeOf]) {
    const refusal = { code: 0 };
    try {
      read(columns);
    } catch (error) {
      if (error instanceof LeanCloudError) refusal.code = error.code;
    }
    expect(refusal.code).toBe(code);
  }
});

test('what a new conversation is given stays', () => {
  for (const column of ['sys', 'tr', 'unique', 'c'])
    expect(() => conversationChangeOf({ [column]: true })).toThrow(LeanCloudError);
  expect(() => newConversationOf({ sys: true, tr: true })).toThrow(LeanCloudError);
  expect(() => newConversationOf({ sys: 'yes' })).toThrow(LeanCloudError);
});
