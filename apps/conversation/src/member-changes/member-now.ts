import { HooklineError } from '#contracts/errors.js';
import type { Member } from '#contracts/members.js';
import { memberOf, type StaysStore } from '../store/stays.store.js';

/** What an operation answers; with a repeated key, it may be long ago. @throws HooklineError member_not_found */
export async function memberNow(stays: StaysStore, conversationKey: bigint, userId: string): Promise<Member> {
  const stay = await stays.find(conversationKey, userId);
  if (stay === null) throw new HooklineError('member_not_found');
  return memberOf(stay);
}
