import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { addMembers } from '#contracts/members.js';
import { Permissions } from '../permissions/permissions.port.js';
import { memberOf, StaysStore } from '../store/stays.store.js';
import { requireHigher } from './require-higher.js';
import { MemberChanges } from './member-changes.port.js';
import { adding } from './member-hooks.js';
import { MemberOperation } from './member-operation.js';

/** Users are in at once; whoever was invited need not answer any more. */
@Injectable()
export class AddMembers {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly changes: MemberChanges,
    private readonly stays: StaysStore,
  ) {}

  /** @throws HooklineError insufficient_role, what hooks decide, and what `MemberChanges.join` throws */
  async add(question: z.output<typeof addMembers.question>): Promise<z.output<typeof addMembers.answer>> {
    const { actor, members: wanted } = question;
    const { key } = await this.operation.run(
      'add',
      question,
      wanted,
      async (transaction, conversation) => {
        const part = await this.permissions.require('addMember', actor, conversation.key, transaction);
        for (const { role } of wanted) requireHigher(part, role);
        return this.changes.join(transaction, conversation, wanted, question);
      },
      { hooks: adding(question) },
    );
    await this.permissions.require('readConversation', actor, key);
    const members = (await this.stays.present(key)).filter(({ state }) => state === 'joined');
    return { members: members.map(memberOf) };
  }
}
