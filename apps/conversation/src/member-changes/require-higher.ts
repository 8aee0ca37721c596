import { HooklineError } from '#contracts/errors.js';
import type { MemberRole } from '#contracts/members.js';
import { outranks, type Part } from '#domain/permissions/conversation-permissions.js';

/** Roles are given, changed and taken only from above. @throws HooklineError insufficient_role */
export function requireHigher(part: Part | 'master', role: MemberRole): void {
  if (!outranks(part, role))
    throw new HooklineError('insufficient_role', `This takes more than the role ${role}`);
}
