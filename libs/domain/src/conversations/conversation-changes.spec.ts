import { expect, test } from '@jest/globals';
import { changeOf, differentFields, type Changeable } from './conversation-changes.js';

const before: Changeable = {
  name: 'Cats',
  attributes: { topic: 'cats', tags: { old: true } },
  joinRule: 'invited',
  state: 'active',
};

test.each([
  ['what is not named', {}, null],
  ['what is the same', { ...before, attributes: { topic: 'cats', nothing: null } }, null],
  ['a name that is removed', { name: null }, { name: null }],
  [
    'attributes, by what differs',
    { attributes: { topic: 'cats', tags: { old: null, new: 1 } } },
    { attributes: { tags: { old: null, new: 1 } } },
  ],
  [
    'the rule and the state',
    { joinRule: 'open', state: 'inactive' },
    { joinRule: 'open', state: 'inactive' },
  ],
] as const)('%s', (_what, patch, changes) => {
  expect(changeOf(before, patch)?.changes ?? null).toEqual(changes);
});

test('what is not named stays', () => {
  expect(changeOf(before, { attributes: { mood: 'good' } })?.after).toEqual({
    ...before,
    attributes: { ...before.attributes, mood: 'good' },
  });
});

test.each([
  ['nothing else', { name: 'Cats', state: undefined }, { name: 'Cats' }, []],
  [
    'another value, and what was not there',
    { name: 'Cats' },
    { name: null, joinRule: 'open' },
    ['name', 'joinRule'],
  ],
  ['what is not there any more', { name: 'Cats', attributes: { a: 1 } }, { name: 'Cats' }, ['attributes']],
  ['within attributes', { attributes: { a: 1 } }, { attributes: { a: 1, b: null } }, ['attributes']],
] as const)('fields that two patches set otherwise: %s', (_what, one, other, fields) => {
  expect(differentFields(one, other)).toEqual(fields);
});
