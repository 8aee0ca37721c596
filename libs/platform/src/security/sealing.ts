import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const version = 'v1';
const initializationVectorBytes = 12;
const tagBytes = 16;

/** Encrypts secrets that have to be read again (signatures, hook calls), so that the database alone gives none away. */
export class Sealing {
  private readonly key: Buffer;

  /** @param key 32 bytes in base64 */
  constructor(key: string) {
    this.key = Buffer.from(key, 'base64');
  }

  /** A key for another purpose (HKDF): 32 bytes that say nothing of this one, nor of the keys for other purposes. */
  keyFor(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.key, '', purpose, 32));
  }

  seal(text: string): string {
    const initializationVector = randomBytes(initializationVectorBytes);
    const cipher = createCipheriv(algorithm, this.key, initializationVector);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${version}.${Buffer.concat([initializationVector, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** `former` when that is this text: sealing anew would give another one, as if the text had changed. @throws Error as `open` */
  sealOnce(text: string, former: string | null): string {
    return former !== null && this.open(former) === text ? former : this.seal(text);
  }

  /** @throws Error when the text was not sealed with this key */
  open(sealed: string): string {
    const [prefix, body] = sealed.split('.');
    if (prefix !== version || body === undefined) throw new Error('A sealed secret has an unknown form');
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv(algorithm, this.key, bytes.subarray(0, initializationVectorBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(initializationVectorBytes, initializationVectorBytes + tagBytes));
    const opened = decipher.update(bytes.subarray(initializationVectorBytes + tagBytes));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  }
}
