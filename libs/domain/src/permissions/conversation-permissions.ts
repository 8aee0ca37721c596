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
} as const satisfies Record<string, Part>;

export type ConversationAction = keyof typeof leastPart;

export type PermissionRefusal = 'not_a_member' | 'insufficient_role';

/** @returns null when it is allowed */
export function whyNot(action: ConversationAction, part: Part | 'master'): PermissionRefusal | null {
  if (part === 'master' || rank[part] >= rank[leastPart[action]]) return null;
  return rank[part] < rank.member ? 'not_a_member' : 'insufficient_role';
}

/** Over other members only those have power whose part is greater; two owners cannot throw each other out. */
export function outranks(part: Part | 'master', other: Part): boolean {
  return part === 'master' || rank[part] > rank[other];
}
