import { HooklineError } from '#contracts/errors.js';
import type { MemberRole } from '#contracts/members.js';
import { outranks, type Part } from '#domain/permissions/conversation-permissions.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** Roles are given, changed and taken only from above. @throws HooklineError insufficient_role */
export function requireHigher(part: Part | 'master', role: MemberRole): void {
  if (!outranks(part, role))
    throw new HooklineError('insufficient_role', `This takes more than the role ${role}`);
}

/** Where all members are equal nobody is given a role, not by a server either. @throws HooklineError members_are_equal */
export function requireRoles({ equalMembers }: ChangingConversation, roles: readonly MemberRole[]): void {
  if (equalMembers && roles.some((role) => role !== 'member')) throw new HooklineError('members_are_equal');
}
