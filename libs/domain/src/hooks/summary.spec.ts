import { expect, test } from '@jest/globals';
import { answerSummary, requestSummary } from './summary.js';

test('a request shows how it is made, and nothing of what was said or by whom', () => {
  const request = {
    id: 'd1b2c3d4',
    hook: 'messageReceived',
    timestamp: 1,
    conversation: { id: 'kitchen', kind: 'group', attributes: { topic: 'a secret' } },
    origin: { address: 'a secret', dialect: 'native' },
    event: {
      type: 'custom:a_secret',
      senderId: 'a secret',
      content: { type: 'text', text: 'a secret' },
      mentions: undefined,
    },
    recipients: ['a secret', 'another secret'],
  };
  expect(requestSummary(request)).toEqual({
    id: 'd1b2c3d4',
    hook: 'messageReceived',
    timestamp: 1,
    conversation: { id: 'kitchen', kind: 'group', attributes: { type: 'object', bytes: 20 } },
    origin: { address: { type: 'string', bytes: 10 }, dialect: 'native' },
    event: {
      type: 'custom',
      senderId: { type: 'string', bytes: 10 },
      content: { type: 'object', bytes: 33 },
    },
    recipients: { type: 'list', length: 2 },
  });
});

test.each([
  [{ action: 'drop' }, { action: 'drop' }],
  [
    { action: 'reject', code: 3, detail: 'a secret' },
    { action: 'reject', code: 3, detail: { type: 'string', bytes: 10 } },
  ],
  [
    { content: { type: 'text', text: 'a secret' }, recipients: ['a'] },
    { content: { type: 'object', bytes: 33 }, recipients: { type: 'list', length: 1 } },
  ],
  [
    { 'a secret': 1, action: 'a secret', code: 'a secret' },
    { action: { type: 'string', bytes: 10 }, code: { type: 'string', bytes: 10 }, unknownFields: 1 },
  ],
  ['a secret', { type: 'string', bytes: 10 }],
  [['a secret'], { type: 'list', length: 1 }],
  [null, { type: 'null', bytes: 4 }],
])('an answer shows what is ours: %j', (answer, expected) => {
  expect(answerSummary(answer)).toEqual(expected);
});
