import { describe, expect, test } from '@jest/globals';
import { readAnswer } from './read-answer.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('what a hook server answers', () => {
  test.each([
    ['204', 204, Buffer.alloc(0)],
    ['204 with a body that should not be there', 204, Buffer.from('nonsense')],
    ['an empty body', 200, Buffer.alloc(0)],
    ['white space', 200, Buffer.from(' \r\n')],
    ['{}', 200, json({})],
  ])('no change: %s', (_title, status, body) => {
    expect(readAnswer(status, body)).toEqual({ kind: 'answered', value: {} });
  });

  test('a byte order mark is no mistake', () => {
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json({ action: 'drop' })]);
    expect(readAnswer(200, body)).toEqual({ kind: 'answered', value: { action: 'drop' } });
  });

  test.each([201, 202, 206, 400, 404, 500, 503])('status %i is a failure', (status) => {
    expect(readAnswer(status, json({ action: 'drop' }))).toEqual({
      kind: 'failed',
      failure: `status_${status}`,
    });
  });

  test.each([
    ['HTML', Buffer.from('<html>')],
    ['half of a document', Buffer.from('{"action":"dr')],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s: invalid_json', (_title, body) => {
    expect(readAnswer(200, body)).toEqual({ kind: 'failed', failure: 'invalid_json' });
  });
});
