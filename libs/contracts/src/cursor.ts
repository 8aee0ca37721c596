import { z } from 'zod';
import { HooklineError } from './errors.js';

/** Cursors are opaque to clients: a version and one number or more, or a text. */
const prefix = 'v1.';
const textPrefix = 't1.';

export function encodeCursor(...positions: readonly (number | bigint)[]): string {
  return Buffer.from(`${prefix}${positions.join('.')}`, 'utf8').toString('base64url');
}

/** For lists whose order is that of ids: the id of the last item. */
export function encodeIdCursor(id: string): string {
  return Buffer.from(`${prefix}${id}`, 'utf8').toString('base64url');
}

/**
 * @returns the UUID in it
 * @throws HooklineError invalid_cursor
 */
export function decodeIdCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const id = z.uuid().safeParse(text.slice(prefix.length));
  if (!text.startsWith(prefix) || !id.success) throw new HooklineError('invalid_cursor');
  return id.data;
}

/** @throws HooklineError invalid_cursor */
export function decodeCursor(cursor: string): bigint {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const digits = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[0-9]{1,15}$/.test(digits)) throw new HooklineError('invalid_cursor');
  return BigInt(digits);
}

/** Of a list that is ordered by two numbers. @throws HooklineError invalid_cursor */
export function decodePairCursor(cursor: string): [bigint, bigint] {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, first, second] = /^v1\.([0-9]{1,15})\.([0-9]{1,15})$/.exec(text) ?? [];
  if (first === undefined || second === undefined) throw new HooklineError('invalid_cursor');
  return [BigInt(first), BigInt(second)];
}

/** For lists in the order of a text: ids of users, for instance. */
export function encodeTextCursor(position: string): string {
  return Buffer.from(`${textPrefix}${position}`, 'utf8').toString('base64url');
}

/** @throws HooklineError invalid_cursor */
export function decodeTextCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  // PostgreSQL refuses texts with U+0000; no list gives one.
  if (!text.startsWith(textPrefix) || text.includes('\0')) throw new HooklineError('invalid_cursor');
  return text.slice(textPrefix.length);
}
