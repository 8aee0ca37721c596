import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { addMembers } from '#contracts/members.js';
import { isService } from '#domain/conversations/service.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { memberOf, StaysStore } from '../store/stays.store.js';
import { requireHigher, requireRoles } from './require-higher.js';
import { MemberChanges } from './member-changes.port.js';
import { adding } from './member-hooks.js';
import { MemberOperation } from './member-operation.js';

type Wanted = z.output<typeof addMembers.question>['members'];

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
    const { actor, members: wanted, skipPresent } = question;
    const handle = await this.operation.run(
      'add',
      question,
      // Alone where it is asked for: what was stored under a key before there was such a thing stays what it was.
      skipPresent ? { wanted, skipPresent } : wanted,
      async (transaction, conversation) => {
        const part = await this.permissions.require('addMember', actor, conversation, transaction);
        const roles = wanted.map(({ role }) => role);
        requireRoles(conversation, roles);
        for (const role of roles) requireHigher(part, role);
        const newcomers = skipPresent ? await this.notIn(transaction, conversation.key, wanted) : wanted;
        if (newcomers.length === 0) return null;
        return this.changes.join(transaction, conversation, newcomers, question);
      },
      { hooks: adding(question) },
    );
    await this.permissions.require('readConversation', actor, handle);
    const present = isService(handle.kind)
      ? await this.stays.among(
          handle.key,
          wanted.map(({ userId }) => userId),
        )
      : await this.stays.present(handle.key);
    return { members: present.filter(({ state }) => state === 'joined').map(memberOf) };
  }

  /** The head is locked. Each of them once, whoever is named first. */
  private async notIn(transaction: Transaction, key: bigint, wanted: Wanted): Promise<Wanted> {
    const userIds = wanted.map(({ userId }) => userId);
    const stays = await this.stays.among(key, userIds, transaction);
    const present = new Set(stays.filter(({ state }) => state === 'joined').map(({ userId }) => userId));
    return wanted.filter(({ userId }, index) => !present.has(userId) && userIds.indexOf(userId) === index);
  }
}
