import { HooklineError } from '#contracts/errors.js';

/** Cursors are opaque to clients: a version and a number. */
const prefix = 'v1.';

export function encodeCursor(id: bigint): string {
  return Buffer.from(`${prefix}${id.toString()}`, 'utf8').toString('base64url');
}

/** @throws HooklineError invalid_cursor */
export function decodeCursor(cursor: string): bigint {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const digits = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[0-9]{1,18}$/.test(digits)) throw new HooklineError('invalid_cursor');
  return BigInt(digits);
}
