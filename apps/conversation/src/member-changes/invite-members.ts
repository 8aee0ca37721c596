import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { inviteMembers } from '#contracts/members.js';
import { Permissions } from '../permissions/permissions.port.js';
import { memberOf, StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { MemberOperation } from './member-operation.js';
import { requireHigher, requireRoles } from './require-higher.js';

/** Users are asked to come; the history stays closed to them until they join. */
@Injectable()
export class InviteMembers {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly changes: MemberChanges,
    private readonly stays: StaysStore,
  ) {}

  /** @throws HooklineError insufficient_role, and what `MemberChanges.invite` throws */
  async invite(
    question: z.output<typeof inviteMembers.question>,
  ): Promise<z.output<typeof inviteMembers.answer>> {
    const { actor, members: wanted } = question;
    const handle = await this.operation.run(
      'invite',
      question,
      wanted,
      async (transaction, conversation) => {
        const part = await this.permissions.require('inviteMember', actor, conversation, transaction);
        const roles = wanted.map(({ role }) => role);
        requireRoles(conversation, roles);
        for (const role of roles) requireHigher(part, role);
        return this.changes.invite(transaction, conversation, wanted, question);
      },
      { notInServices: true },
    );
    await this.permissions.require('readConversation', actor, handle);
    const asked = new Set(wanted.map(({ userId }) => userId));
    const members = (await this.stays.present(handle.key)).filter(({ userId }) => asked.has(userId));
    return { members: members.map(memberOf) };
  }
}
