import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits with a prefix that says what it is, so that a leaked one can be recognised. */
export function randomSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** Compares in constant time, whatever the lengths. */
export function equalSecrets(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}
