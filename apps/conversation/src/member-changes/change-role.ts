import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { changeRole, Member, transferOwnership } from '#contracts/members.js';
import { mustStayOwner } from '#domain/permissions/last-owner.js';
import type { Part } from '#domain/permissions/conversation-permissions.js';
import type { Transaction } from '#platform/database/database.js';
import { Permissions } from '../permissions/permissions.port.js';
import { StaysStore, type Stay } from '../store/stays.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { MemberChanges, type MemberChange } from './member-changes.port.js';
import { memberNow } from './member-now.js';
import { MemberOperation } from './member-operation.js';
import { othersThan } from './others-than.js';
import { requireHigher, requireRoles } from './require-higher.js';

type RoleQuestion = z.output<typeof changeRole.question>;
type TransferQuestion = z.output<typeof transferOwnership.question>;

/** Roles, and who owns. */
@Injectable()
export class ChangeRole {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws HooklineError member_not_found, insufficient_role, members_are_equal, last_owner */
  change(question: RoleQuestion): Promise<Member> {
    const { actor, userId, role } = question;
    return this.changed('role', question, { userId, role }, (part, stay, present) => {
      const isOwn = actor.kind === 'user' && actor.userId === userId;
      if (!isOwn) requireHigher(part, stay.role);
      if (role === stay.role) return [];
      requireHigher(part, role);
      if (actor.kind === 'user' && mustStayOwner(stay.role, othersThan(stay, present)))
        throw new HooklineError('last_owner');
      return [{ ...stay, role }];
    });
  }

  /** @throws HooklineError member_not_found, insufficient_role, members_are_equal */
  transfer(question: TransferQuestion): Promise<Member> {
    const { actor, userId } = question;
    return this.changed('transfer', question, userId, (_part, stay, present) => {
      if (stay.state !== 'joined') throw new HooklineError('member_not_found');
      const before = present.filter(
        (each) =>
          each.id !== stay.id &&
          each.role === 'owner' &&
          (actor.kind === 'master' || each.userId === actor.userId),
      );
      const owners = stay.role === 'owner' ? [] : [{ ...stay, role: 'owner' } as const];
      return [...owners, ...before.map((each) => ({ ...each, role: 'manager' }) as const)];
    });
  }

  /** @param decide the stays that have another role from now on */
  private async changed(
    name: string,
    question: RoleQuestion | TransferQuestion,
    content: unknown,
    decide: (part: Part | 'master', stay: Stay, present: readonly Stay[]) => readonly Stay[],
  ): Promise<Member> {
    const { actor, userId } = question;
    const work = async (
      transaction: Transaction,
      conversation: ChangingConversation,
    ): Promise<MemberChange | null> => {
      const part = await this.permissions.require('changeRole', actor, conversation, transaction);
      const present = await this.stays.present(conversation.key, transaction);
      const stay = present.find((each) => each.userId === userId);
      if (stay === undefined) throw new HooklineError('member_not_found');
      const changed = decide(part, stay, present);
      if (changed.length === 0) return null;
      requireRoles(
        conversation,
        changed.map(({ role }) => role),
      );
      for (const { id, role } of changed) await this.stays.changeRole(transaction, id, role);
      return this.changes.say(transaction, conversation, changed, question);
    };
    const handle = await this.operation.run(name, question, content, work, { notInServices: true });
    await this.permissions.require('readConversation', actor, handle);
    return memberNow(this.stays, handle.key, userId);
  }
}
