/** What has to be known about a conversation and a sender, to decide whether an event may be stored. */
export interface SendSituation {
  readonly conversationState: 'active' | 'inactive' | 'deleted';
  /** Of a temporary conversation: from then on it does not exist (ms since the epoch). */
  readonly conversationExpiresAt: number | null;
  /** A service: whoever is in the application may say something to it. */
  readonly isOpenToAll?: boolean;
  /** The conversation is to be without the sender. Who is blocked is no member, so that it matters where others may send. */
  readonly isBlockedHere?: boolean;
  /** The sender's present stay; null for somebody who is not a member. */
  readonly member: {
    readonly silencedUntil: number | null;
    /** The only other member has blocked the sender. */
    readonly isBlocked: boolean;
  } | null;
  /** A server speaks for the sender: membership and silence do not matter. */
  readonly asMaster: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type SendRefusal =
  | 'conversation_not_found'
  | 'conversation_inactive'
  | 'not_a_member'
  | 'member_silenced'
  | 'user_blocked'
  | 'sender_blocked';

export type SendDecision =
  { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly reason: SendRefusal };

const refused = (reason: SendRefusal): SendDecision => ({
  kind: 'refused',
  reason,
});

/** Decided twice: before the hooks, and again under the conversation's lock, because things change while hooks run. */
export function maySend(situation: SendSituation): SendDecision {
  const { conversationState, conversationExpiresAt, member, asMaster, now } = situation;
  const { isOpenToAll = false, isBlockedHere = false } = situation;
  if (conversationExpiresAt !== null && conversationExpiresAt <= now)
    return refused('conversation_not_found');
  switch (conversationState) {
    case 'deleted':
      return refused('conversation_not_found');
    case 'inactive':
      return refused('conversation_inactive');
    case 'active':
      break;
  }
  if (asMaster) return { kind: 'allowed' };
  if (isBlockedHere) return refused('user_blocked');
  if (member === null) return isOpenToAll ? { kind: 'allowed' } : refused('not_a_member');
  if (member.silencedUntil !== null && member.silencedUntil > now) return refused('member_silenced');
  if (member.isBlocked && !isOpenToAll) return refused('sender_blocked');
  return { kind: 'allowed' };
}
