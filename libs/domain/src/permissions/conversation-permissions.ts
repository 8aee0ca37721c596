import { isService } from '../conversations/service.js';

/** What a user is in a conversation; `outsider` for whoever is neither in nor invited. */
export type Part = 'outsider' | 'invited' | 'member' | 'manager' | 'owner';

const rank: Readonly<Record<Part, number>> = { outsider: 0, invited: 1, member: 2, manager: 3, owner: 4 };

/** The least part that lets a user do something. Servers, with the master key, may do everything. */
const leastPart = {
  readConversation: 'member',
  updateConversation: 'manager',
  changeState: 'owner',
  deleteConversation: 'owner',
  readEvents: 'member',
  sendEvent: 'member',
  changeOwnMessage: 'member',
  recallMessageOfOthers: 'manager',
  sendEphemeralEvent: 'member',
  listMembers: 'member',
  addMember: 'manager',
  inviteMember: 'manager',
  removeMember: 'manager',
  changeRole: 'owner',
  silenceMember: 'manager',
  blockUser: 'manager',
  acceptInvitation: 'invited',
  leave: 'invited',
  muteConversation: 'member',
  acknowledge: 'member',
  readReceipts: 'member',
  countUnread: 'member',
} as const satisfies Record<string, Part>;

export type ConversationAction = keyof typeof leastPart;

/**
 * The same of a service, whose subscribers are members. What is not named is for servers alone: above all whatever shows one
 * subscriber to another.
 */
const leastPartInService: Partial<Record<ConversationAction, Part>> = {
  readConversation: 'outsider',
  readEvents: 'outsider',
  sendEvent: 'outsider',
  sendEphemeralEvent: 'outsider',
  changeOwnMessage: 'outsider',
  leave: 'member',
  muteConversation: 'member',
  acknowledge: 'member',
  countUnread: 'member',
};

export type PermissionRefusal = 'not_a_member' | 'insufficient_role';

/**
 * @param kind of the conversation
 * @returns null when it is allowed
 */
export function whyNot(
  action: ConversationAction,
  part: Part | 'master',
  kind: string,
): PermissionRefusal | null {
  if (part === 'master') return null;
  const least = isService(kind) ? leastPartInService[action] : leastPart[action];
  if (least !== undefined && rank[part] >= rank[least]) return null;
  return rank[part] < rank.member ? 'not_a_member' : 'insufficient_role';
}

/** Over other members only those have power whose part is greater; two owners cannot throw each other out. */
export function outranks(part: Part | 'master', other: Part): boolean {
  return part === 'master' || rank[part] > rank[other];
}
