import { limits } from '#contracts/limits.js';
import type { MembershipView } from '#contracts/sessions.js';

/** What a client says to resume: known conversations with the last seq received; null: live events only. */
type Resume = ReadonlyMap<string, number> | null;

/** Where a conversation is taken up: at what the client knows, at the first joining when it knows nothing, or live. */
export function startOf(resume: Resume, { conversationId, headSeq, firstJoinedSeq }: MembershipView): number {
  if (resume === null) return headSeq;
  return Math.min(resume.get(conversationId) ?? firstJoinedSeq - 1, headSeq);
}

/**
 * The same for a conversation that the client comes into while it is connected. There may have been a stay that ended
 * before anybody could tell the client of it: that is told now, unless it would be too much.
 *
 * @param given last seq of a former stay that the client was given
 */
export function newStartOf(resume: Resume, { joinedSeq, firstJoinedSeq }: MembershipView, given = 0): number {
  const isLiveOnly = resume === null;
  const start = Math.max(given, (isLiveOnly ? joinedSeq : firstJoinedSeq) - 1);
  return joinedSeq - 1 - start > limits.resumeEvents ? joinedSeq - 1 : start;
}
