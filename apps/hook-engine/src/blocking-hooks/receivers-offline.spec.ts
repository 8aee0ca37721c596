import { describe, expect, test } from '@jest/globals';
import type { QuestionOf } from '#contracts/hooks/run.js';
import { limits } from '#contracts/limits.js';
import { receiversOffline } from './receivers-offline.port.js';

const asked: QuestionOf<'receiversOffline'>['request'] = {
  applicationId: 'cartoons',
  timestamp: 1_472_200_796_764,
  conversation: { id: 'kitchen', kind: 'group' },
  origin: { address: null, dialect: 'native' },
  event: {
    id: '01940b5e-7d2c-7000-8000-000000000001',
    conversationId: 'kitchen',
    seq: 3,
    timestamp: 1_472_200_796_764,
    type: 'message',
    senderId: 'tom',
    content: { type: 'text', text: 'Holy **!' },
  },
  offlineRecipients: ['jerry', 'spike'],
  mentionsEveryone: false,
  mentionedOffline: ['jerry', 'spike'],
};

/** What an answer makes of it; null when it is none. */
function read(value: unknown) {
  const answer = receiversOffline.answer.safeParse(value);
  return answer.success ? receiversOffline.read(answer.data, asked) : null;
}

/** A payload of exactly so many bytes. */
const payload = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

describe('an answer about the absent', () => {
  test.each([
    ['nothing', {}, { kind: 'pass' }],
    ['notify and nothing else', { action: 'notify' }, { kind: 'pass' }],
    ['skip', { action: 'skip' }, { kind: 'drop' }],
    [
      'others, without the sender and repeats',
      { recipients: ['spike', 'tom', 'spike'] },
      { kind: 'rewrite', changes: { recipients: ['spike'] } },
    ],
    [
      'a payload and force',
      { push: { badge: 1 }, force: true },
      { kind: 'rewrite', changes: { push: { badge: 1 }, force: true } },
    ],
    [
      'the largest payload',
      { push: payload(limits.pushPayloadBytes) },
      { kind: 'rewrite', changes: { push: payload(limits.pushPayloadBytes) } },
    ],
  ])('%s', (_title, answer, expected) => {
    expect(read(answer)).toEqual(expected);
  });

  test.each([
    ['a payload that is too large', { push: payload(limits.pushPayloadBytes + 1) }],
    ['a payload that is no object', { push: 'Hello' }],
    ['a skip that also chooses', { action: 'skip', recipients: [] }],
    ['a content', { content: { type: 'text', text: 'x' } }],
    ['a rejection', { action: 'reject', code: 1, detail: 'No' }],
  ])('%s means nothing', (_title, answer) => {
    expect(read(answer)).toBeNull();
  });
});

test('the next hook is shown whom the one before has left, and who of them is mentioned', () => {
  const shown = receiversOffline.show(asked, { recipients: ['spike', 'butch'], push: null, force: false });
  expect(shown).toEqual({ ...asked, offlineRecipients: ['spike', 'butch'], mentionedOffline: ['spike'] });
});
