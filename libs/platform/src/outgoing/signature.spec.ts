import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newSigningKeyPair, newSigningSecret, signatureHeaders, signingKey } from './signature.js';

test('a secret is whsec_ and 32 bytes in base64, and never the same', () => {
  const secret = newSigningSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSigningSecret()).not.toBe(secret);
});

test('a private key is whsk_ and 64 bytes, of which the second half is the public key, whpk_', () => {
  const { privateKey, publicKey } = newSigningKeyPair();
  expect(privateKey).toMatch(/^whsk_[A-Za-z0-9+/]{86}==$/);
  expect(publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  const bytes = Buffer.from(privateKey.slice('whsk_'.length), 'base64');
  expect(bytes.subarray(32).toString('base64')).toBe(publicKey.slice('whpk_'.length));
  expect(newSigningKeyPair().publicKey).not.toBe(publicKey);
});

const body = '{"text":"Holy crap! \u{1f9c0}"}';

test('what is signed here verifies as Standard Webhooks', () => {
  const secret = newSigningSecret();
  const headers = signatureHeaders([signingKey(secret)], { id: 'message_1', timestamp: new Date(), body });
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(secret).verify(body.replace('Holy', 'Wholly'), headers)).toThrow('No matching');
  expect(() => new Webhook(newSigningSecret()).verify(body, headers)).toThrow('No matching');
});

test('one header has the signature of every key, each under its version', () => {
  const secrets = [newSigningSecret(), newSigningSecret()];
  const pair = newSigningKeyPair();
  const timestamp = new Date();
  const keys = [...secrets, pair.privateKey].map(signingKey);
  const headers = signatureHeaders(keys, { id: 'message_1', timestamp, body });
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  const signatures = headers['webhook-signature']!.split(' ');
  expect(signatures.map((one) => one.split(',')[0])).toEqual(['v1', 'v1', 'v1a']);

  // As a receiver does that has the public key only.
  const x = Buffer.from(pair.publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = (text: string): boolean => {
    const content = `message_1.${String(Math.floor(timestamp.getTime() / 1_000))}.${text}`;
    return verify(null, Buffer.from(content), publicKey, Buffer.from(signatures[2]!.slice(4), 'base64'));
  };
  expect([signed(body), signed(body.replace('Holy', 'Wholly'))]).toEqual([true, false]);
});

test("the specification's own example", () => {
  const headers = signatureHeaders([signingKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')], {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
