import { HooklineError } from './errors.js';

/** Cursors are opaque to clients: a version and a number. */
const prefix = 'v1.';

export function encodeCursor(position: number | bigint): string {
  return Buffer.from(`${prefix}${String(position)}`, 'utf8').toString('base64url');
}

/** @throws HooklineError invalid_cursor */
export function decodeCursor(cursor: string): bigint {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const digits = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[0-9]{1,15}$/.test(digits)) throw new HooklineError('invalid_cursor');
  return BigInt(digits);
}
