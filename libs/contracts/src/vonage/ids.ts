import { z } from 'zod';

/** Ids of Vonage's are UUIDs with what they stand for in front. */
const uuidAfter = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
      `must be ${prefix}- and a UUID`,
    )
    .transform((id) => id.slice(prefix.length + 1).toLowerCase())
    .pipe(z.uuid());

/** Parsed, it is the id of a member's stay. */
export const memberId = uuidAfter('MEM');
/** Parsed, it is a user's `uid`. */
export const userUid = uuidAfter('USR');

export function vonageMemberId(memberId: string): string {
  return `MEM-${memberId}`;
}

export function vonageUserId(uid: string): string {
  return `USR-${uid}`;
}
