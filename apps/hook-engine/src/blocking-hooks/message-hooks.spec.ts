import { describe, expect, test } from '@jest/globals';
import type { QuestionOf } from '#contracts/hooks/run.js';
import { messageReceived, messageUpdate } from './message-hooks.port.js';

type Asked = QuestionOf<'messageReceived'>['request'];

const common = {
  applicationId: 'cartoons',
  timestamp: 1_472_200_796_764,
  conversation: { id: 'kitchen', kind: 'group' },
  origin: { address: null, dialect: 'native' },
  recipients: ['jerry'],
} as const;
const asked = (event: Asked['event']): Asked => ({ ...common, recipients: ['jerry'], event });
const message = asked({ type: 'message', senderId: 'tom', content: { type: 'text', text: 'Holy crap!' } });
const custom = asked({
  type: 'custom:my_custom_event',
  senderId: 'tom',
  content: { type: 'json', json: { your: 'data' } },
});

const text = (length: number) => ({ content: { type: 'text', text: 'x'.repeat(length) } });
const data = (length: number) => ({ content: { type: 'json', json: 'x'.repeat(length) } });
const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

/** What an answer makes of the message; null when it is none. */
function read(value: unknown, shown = message) {
  const answer = messageReceived.answer.safeParse(value);
  return answer.success ? messageReceived.read(answer.data, shown) : null;
}

describe('an answer about a message', () => {
  test.each([
    ['nothing', {}, { kind: 'pass' }],
    ['deliver and nothing else', { action: 'deliver' }, { kind: 'pass' }],
    ['drop', { action: 'drop' }, { kind: 'drop' }],
    ['reject', { action: 'reject', code: 1234, detail: 'No' }, { kind: 'reject', code: 1234, detail: 'No' }],
    [
      'a new content',
      { content: { type: 'text', text: 'Holy **!' } },
      { kind: 'rewrite', changes: { content: { type: 'text', text: 'Holy **!' } } },
    ],
    ['no recipients', { recipients: [] }, { kind: 'rewrite', changes: { recipients: [] } }],
    [
      'recipients: the sender and repeats are ignored',
      { action: 'deliver', recipients: ['jerry', 'tom', 'jerry'] },
      { kind: 'rewrite', changes: { recipients: ['jerry'] } },
    ],
  ])('%s', (_title, answer, expected) => {
    expect(read(answer)).toEqual(expected);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['an unknown field', { actoin: 'drop' }],
    ['an unknown action', { action: 'ignore' }],
    ['a drop that also rewrites', { action: 'drop', content: { type: 'text', text: 'x' } }],
    ['a rejection without a code', { action: 'reject', detail: 'No' }],
    ['a content of no known type', { content: 'Holy **!' }],
    ['an empty text', { content: { type: 'text', text: '' } }],
    ['a recipient that no user can be', { recipients: ['a:b'] }],
    [
      'more recipients than a group may have',
      { recipients: Array.from({ length: 501 }, (_, i) => `user-${i}`) },
    ],
    ['a content too large to be stored', text(65_535)],
    ['JSON nested too deep', { content: { type: 'json', json: nested(40) } }],
  ])('%s means nothing', (_title, answer) => {
    expect(read(answer)).toBeNull();
  });
});

describe('what may come back', () => {
  test('a message of exactly the limit', () => {
    expect(read(text(65_534))).not.toBeNull();
  });

  test('the data of a custom event, up to its own limit', () => {
    expect(read(data(4_094), custom)).not.toBeNull();
    expect(read(data(4_095), custom)).toBeNull();
  });

  test('a custom event stays JSON', () => {
    expect(read(text(5), custom)).toBeNull();
  });

  test('no content for what is recalled: it is ignored', () => {
    const recall: QuestionOf<'messageUpdate'>['request'] = {
      ...common,
      recipients: ['jerry'],
      initiatorId: 'tom',
      recall: true,
      event: {
        id: '01940b5e-7d2c-7000-8000-000000000001',
        seq: 3,
        type: 'message',
        senderId: 'tom',
        content: { type: 'recalled' },
      },
    };
    const answer = messageUpdate.answer.parse({ content: { type: 'text', text: 'still here' } });
    expect(messageUpdate.read(answer, recall)).toEqual({ kind: 'pass' });
  });
});
