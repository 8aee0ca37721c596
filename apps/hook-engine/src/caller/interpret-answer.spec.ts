import { describe, expect, test } from '@jest/globals';
import { interpretAnswer } from './interpret-answer.js';

const message = { type: 'message', senderId: 'tom', content: { type: 'text', text: 'Holy crap!' } } as const;
const custom = {
  type: 'custom:my_custom_event',
  senderId: 'tom',
  content: { type: 'json', json: { your: 'data' } },
} as const;

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const text = (length: number) => ({ content: { type: 'text', text: 'x'.repeat(length) } });
const data = (length: number) => ({ content: { type: 'json', json: 'x'.repeat(length) } });
const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);
const passes = { kind: 'answered', answer: { kind: 'pass' } };
const fails = (failure: string) => ({ kind: 'failed', failure });

describe('no change', () => {
  test.each([
    ['204', 204, Buffer.alloc(0)],
    ['204 with a body that should not be there', 204, Buffer.from('nonsense')],
    ['an empty body', 200, Buffer.alloc(0)],
    ['white space', 200, Buffer.from(' \r\n')],
    ['{}', 200, json({})],
    ['deliver and nothing else', 200, json({ action: 'deliver' })],
  ])('%s', (_title, status, body) => {
    expect(interpretAnswer(status, body, message)).toEqual(passes);
  });
});

describe('a decision', () => {
  test.each([
    ['drop', { action: 'drop' }, { kind: 'drop' }],
    ['reject', { action: 'reject', code: 1234, detail: 'No' }, { kind: 'reject', code: 1234, detail: 'No' }],
    [
      'a new content',
      { content: { type: 'text', text: 'Holy **!' } },
      { kind: 'rewrite', content: { type: 'text', text: 'Holy **!' } },
    ],
    ['no recipients', { recipients: [] }, { kind: 'rewrite', recipients: [] }],
    [
      'recipients: the sender and repeats are ignored',
      { action: 'deliver', recipients: ['jerry', 'tom', 'jerry'] },
      { kind: 'rewrite', recipients: ['jerry'] },
    ],
  ])('%s', (_title, answer, expected) => {
    expect(interpretAnswer(200, json(answer), message)).toEqual({ kind: 'answered', answer: expected });
  });

  test('a byte order mark is no mistake', () => {
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json({ action: 'drop' })]);
    expect(interpretAnswer(200, body, message)).toMatchObject({ answer: { kind: 'drop' } });
  });
});

describe('a failure', () => {
  test.each([201, 202, 206, 400, 404, 500, 503])('status %i', (status) => {
    expect(interpretAnswer(status, json({ action: 'drop' }), message)).toEqual(fails(`status_${status}`));
  });

  test.each([
    ['HTML', Buffer.from('<html>')],
    ['half of a document', Buffer.from('{"action":"dr')],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s: invalid_json', (_title, body) => {
    expect(interpretAnswer(200, body, message)).toEqual(fails('invalid_json'));
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
  ])('%s: invalid_answer', (_title, answer) => {
    expect(interpretAnswer(200, json(answer), message)).toEqual(fails('invalid_answer'));
  });
});

describe('what may come back', () => {
  test('a message of exactly the limit', () => {
    expect(interpretAnswer(200, json(text(65_534)), message).kind).toBe('answered');
  });

  test('the data of a custom event, up to its own limit', () => {
    expect(interpretAnswer(200, json(data(4_094)), custom).kind).toBe('answered');
    expect(interpretAnswer(200, json(data(4_095)), custom)).toEqual(fails('invalid_answer'));
  });

  test('a custom event stays JSON', () => {
    expect(interpretAnswer(200, json(text(5)), custom)).toEqual(fails('invalid_answer'));
  });
});
