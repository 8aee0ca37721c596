import { describe, expect, test } from '@jest/globals';
import { isSigned, signatureOf, signatureValidity, signedTexts, type SignedAction } from './signatures.js';

/*
 * The vectors were computed with OpenSSL: printf '%s' TEXT | openssl dgst -sha1 -hmac master-key-1.
 */

const keys = { applicationId: 'app1', masterKeys: ['master-key-1'] };
const now = 1_472_200_796_764;
const shown = { clientId: 'Tom', timestamp: String(now), nonce: 'n1' };
const conversationId = 'conv1';
// Not in order, as clients send them.
const members = ['Spike', 'Jerry'];

const vectors: [text: string, signature: string, action: SignedAction][] = [
  ['app1:Tom::1472200796764:n1', 'b75414f308f0a4434dbb7a60d2820bf4b0379689', { area: 'login' }],
  [
    'app1:Tom:Jerry:Spike:Tom:1472200796764:n1',
    '6e98c51df1baeca5c590801154fc8e2caeb1808c',
    { area: 'start', members: ['Tom', ...members] },
  ],
  [
    'app1:Tom:conv1:Jerry:Spike:1472200796764:n1:invite',
    '7b90f0f180786ef60ecce34926e55af07ae68e86',
    { area: 'members', action: 'invite', conversationId, members },
  ],
  [
    'app1:Tom:conv1:Jerry:Spike:1472200796764:n1:kick',
    'c15d6a9ae3afbdd5fef69b3ee9d948ad28dc79ab',
    { area: 'members', action: 'kick', conversationId, members },
  ],
  [
    'app1:Tom:conv1:n1:1472200796764',
    '7bb0970f6d29a190edef3e3b6302cd76b22d7475',
    { area: 'history', conversationId },
  ],
  [
    'app1:Tom:conv1:1472200796764:n1',
    '91757be316a18afbed85691b8685fc23b4b86d5a',
    { area: 'history', conversationId },
  ],
  [
    'app1:Tom:conv1::1472200796764:n1:client-block-conversations',
    '475063adfd4c49cd22ef5835c2e7c6d03e66ac9e',
    { area: 'blacklist', action: 'client-block-conversations', conversationId },
  ],
  [
    'app1:Tom:conv1:Jerry:Spike:1472200796764:n1:conversation-unblock-clients',
    '1b117d13ab25496f508d3c9c8f354f960ad11dbc',
    { area: 'blacklist', action: 'conversation-unblock-clients', conversationId, members },
  ],
];

describe('signatures', () => {
  test.each(vectors)('%s', (text, signature, action) => {
    expect(signedTexts('app1', shown, action)).toContain(text);
    expect(isSigned(keys, { ...shown, signature }, action, now)).toBe(true);
    expect(isSigned(keys, { ...shown, signature: signature.toUpperCase() }, action, now)).toBe(true);
    expect(isSigned(keys, { ...shown, signature: signature.replace(/.$/, 'x') }, action, now)).toBe(false);
    expect(isSigned(keys, { ...shown, clientId: 'Spike', signature }, action, now)).toBe(false);
  });

  test('one action is not another', () => {
    for (const [, signature, signed] of vectors) {
      const fitting = vectors.filter(([, , action]) => isSigned(keys, { ...shown, signature }, action, now));
      expect(fitting.every(([, , action]) => action.area === signed.area)).toBe(true);
    }
  });

  const history: SignedAction = { area: 'history', conversationId };

  test('a timestamp of seconds', () => {
    const signature = '59da280f7f2ee05ede6fc2e1615912d6c58ae67a';
    const ofSeconds = { ...shown, timestamp: '1472200796', signature };
    expect(isSigned(keys, ofSeconds, history, now)).toBe(true);
    const end = 1_472_200_796_000 + signatureValidity;
    expect(isSigned(keys, ofSeconds, history, end)).toBe(true);
    expect(isSigned(keys, ofSeconds, history, end + 1)).toBe(false);
  });

  test('a former key, and no other', () => {
    const signature = signatureOf('app1:Tom:conv1:n1:1472200796764', 'former');
    expect(
      isSigned({ ...keys, masterKeys: ['master-key-1', 'former'] }, { ...shown, signature }, history, now),
    ).toBe(true);
    expect(isSigned(keys, { ...shown, signature }, history, now)).toBe(false);
  });

  test.each([
    ['6 hours less a second', -signatureValidity + 1_000, true],
    ['6 hours', -signatureValidity, true],
    ['6 hours and a millisecond', -signatureValidity - 1, false],
    ['from a clock that is 6 hours ahead', signatureValidity, true],
    ['from one that is further ahead', signatureValidity + 1, false],
  ])('that old: %s', (_name, age, is) => {
    const timestamp = String(now + age);
    const signature = signatureOf(`app1:Tom:conv1:n1:${timestamp}`, 'master-key-1');
    expect(isSigned(keys, { ...shown, timestamp, signature }, history, now)).toBe(is);
  });

  test.each([
    ['a colon in the client', { clientId: 'Tom:x' }],
    ['a colon in the nonce', { nonce: 'n:1' }],
    ['a timestamp that is none', { timestamp: '1472200796764x' }],
    ['an empty timestamp', { timestamp: '' }],
    ['a negative timestamp', { timestamp: '-1472200796764' }],
  ])('%s', (_name, part) => {
    const given = { ...shown, ...part };
    const text = `app1:${given.clientId}:conv1:${given.nonce}:${given.timestamp}`;
    const signature = signatureOf(text, 'master-key-1');
    expect(isSigned(keys, { ...given, signature }, history, now)).toBe(false);
  });

  test('a nonce that is a time cannot be taken for it', () => {
    const [old, later] = [String(now - 10 * signatureValidity), String(now)];
    const signature = signatureOf(`app1:Tom:conv1:${old}:${later}`, 'master-key-1');
    const exchanged = { ...shown, timestamp: later, nonce: old, signature };
    expect(isSigned(keys, exchanged, history, now)).toBe(false);
    expect(isSigned(keys, { ...shown, nonce: '12345678', signature }, history, now)).toBe(false);
    const short = signatureOf('app1:Tom:conv1:12345678:1472200796764', 'master-key-1');
    expect(isSigned(keys, { ...shown, nonce: '12345678', signature: short }, history, now)).toBe(true);
  });

  test('a colon in a member', () => {
    const signature = signatureOf('app1:Tom:a:b:1472200796764:n1', 'master-key-1');
    expect(isSigned(keys, { ...shown, signature }, { area: 'start', members: ['a:b'] }, now)).toBe(false);
    expect(isSigned(keys, { ...shown, signature }, { area: 'start', members: ['b', 'a'] }, now)).toBe(true);
  });
});
