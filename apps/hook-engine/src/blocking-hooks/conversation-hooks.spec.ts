import { describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { conversationAdd, conversationUpdate } from './conversation-hooks.port.js';

const half = 'x'.repeat(limits.attributesBytes / 2);
const asked = {
  applicationId: 'cartoons',
  timestamp: 1_472_200_796_764,
  conversation: { id: 'kitchen', kind: 'group', attributes: { a: half } },
  origin: { address: null, dialect: 'native' },
  initiatorId: 'tom',
} as const;
const updating = { ...asked, conversation: { ...asked.conversation }, changes: { name: 'Cats' } };
const muting = { ...asked, conversation: { ...asked.conversation }, muted: true };

function read(value: unknown, shown: typeof updating | typeof muting = updating) {
  const answer = conversationUpdate.answer.safeParse(value);
  return answer.success ? conversationUpdate.read(answer.data, shown) : null;
}

describe('an answer about a change', () => {
  test.each([
    ['nothing', {}, { kind: 'pass' }],
    ['allow', { action: 'allow' }, { kind: 'pass' }],
    ['other changes', { changes: { name: null } }, { kind: 'rewrite', changes: { changes: { name: null } } }],
    ['what was not asked for', { muted: true }, { kind: 'pass' }],
    ['a refusal', { action: 'reject', code: 1, detail: 'No' }, { kind: 'reject', code: 1, detail: 'No' }],
    ['a field that does not exist', { changes: { title: 'Cats' } }, null],
    ['a drop', { action: 'drop' }, null],
    [
      'attributes that are too many with those that there are',
      { changes: { attributes: { b: half } } },
      null,
    ],
    [
      'attributes that replace those that there are',
      { changes: { attributes: { a: null, b: half } } },
      { kind: 'rewrite', changes: { changes: { attributes: { a: null, b: half } } } },
    ],
  ])('%s', (_name, value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  test.each([
    ['the other way round', { muted: false }, { kind: 'rewrite', changes: { muted: false } }],
    ['changes, which were not asked for', { changes: { name: 'Cats' } }, { kind: 'pass' }],
  ])('about muting: %s', (_name, value, expected) => {
    expect(read(value, muting)).toEqual(expected);
  });
});

test('who comes and goes is allowed or refused, nothing else', () => {
  const shown = { ...asked, conversation: { ...asked.conversation }, members: ['jerry'] };
  const { answer, read: readGate } = conversationAdd;
  expect(readGate(answer.parse({}), shown)).toEqual({ kind: 'pass' });
  const refusal = { code: 9890, detail: 'No' };
  expect(readGate(answer.parse({ action: 'reject', ...refusal }), shown)).toEqual({
    kind: 'reject',
    ...refusal,
  });
  for (const wrong of [
    { action: 'drop' },
    { members: ['spike'] },
    { action: 'reject', code: 'x', detail: '' },
  ])
    expect(answer.safeParse(wrong).success).toBe(false);
});
