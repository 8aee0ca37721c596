import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = 32;
const secretPrefix = 'whsec_';
const privateKeyPrefix = 'whsk_';
const publicKeyPrefix = 'whpk_';
/** Of an ed25519 key's seed, before its public part. */
const seedBytes = 32;

/** `v1`: HMAC-SHA256, by a secret that the receiver has too. `v1a`: ed25519, whose private key nobody else has. */
export type SigningKey =
  { readonly kind: 'v1'; readonly key: Buffer } | { readonly kind: 'v1a'; readonly key: KeyObject };

/** A key for `v1`, as its receiver is told it. */
export function newSigningSecret(): string {
  return `${secretPrefix}${randomBytes(secretBytes).toString('base64')}`;
}

/** A key for `v1a`. `publicKey` is what receivers verify by; `privateKey` is for nobody else. */
export function newSigningKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  const { d: seed = '', x: point = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seedPart, pointPart] = [Buffer.from(seed, 'base64url'), Buffer.from(point, 'base64url')];
  return {
    privateKey: `${privateKeyPrefix}${Buffer.concat([seedPart, pointPart]).toString('base64')}`,
    publicKey: `${publicKeyPrefix}${pointPart.toString('base64')}`,
  };
}

/** What signs, out of its text. Reading costs as much as signing, so whoever signs often keeps it. */
export function signingKey(text: string): SigningKey {
  if (!text.startsWith(privateKeyPrefix))
    return { kind: 'v1', key: Buffer.from(text.slice(secretPrefix.length), 'base64') };
  const bytes = Buffer.from(text.slice(privateKeyPrefix.length), 'base64');
  const part = (from: number, to?: number): string => bytes.subarray(from, to).toString('base64url');
  const key = { kty: 'OKP', crv: 'Ed25519', d: part(0, seedBytes), x: part(seedBytes) };
  return { kind: 'v1a', key: createPrivateKey({ key, format: 'jwk' }) };
}

export interface SignedMessage {
  /** The same in every redelivery, so that the receiver can tell; without '.', which separates the signed parts. */
  readonly id: string;
  /** Of this attempt, not of the event: receivers refuse what is older than a few minutes. */
  readonly timestamp: Date;
  readonly body: string;
}

/** The three headers of Standard Webhooks: a signature by each of the keys, so that receivers may change theirs. */
export function signatureHeaders(
  keys: readonly SigningKey[],
  { id, timestamp, body }: SignedMessage,
): Record<string, string> {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  const content = `${id}.${seconds}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': keys.map((key) => `${key.kind},${signature(key, content)}`).join(' '),
  };
}

function signature({ kind, key }: SigningKey, content: string): string {
  if (kind === 'v1') return createHmac('sha256', key).update(content, 'utf8').digest('base64');
  // ed25519 has its hash in itself.
  return sign(null, Buffer.from(content, 'utf8'), key).toString('base64');
}
