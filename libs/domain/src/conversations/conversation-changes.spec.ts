import { expect, test } from '@jest/globals';
import { changeOf, type Changeable } from './conversation-changes.js';

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
