import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { untilLifted, type Member, type silenceMember } from '#contracts/members.js';
import { Permissions } from '../permissions/permissions.port.js';
import { StaysStore } from '../store/stays.store.js';
import { MemberChanges } from './member-changes.port.js';
import { memberNow } from './member-now.js';
import { MemberOperation } from './member-operation.js';
import { requireHigher } from './require-higher.js';

/** A member may not send for a while, or until that is lifted. */
@Injectable()
export class SilenceMember {
  constructor(
    private readonly operation: MemberOperation,
    private readonly permissions: Permissions,
    private readonly stays: StaysStore,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws HooklineError member_not_found, insufficient_role */
  async silence(question: z.output<typeof silenceMember.question>): Promise<Member> {
    const { actor, userId, silenced } = question;
    const content = { userId, silenced };
    const handle = await this.operation.run(
      'silence',
      question,
      content,
      async (transaction, conversation) => {
        const part = await this.permissions.require('silenceMember', actor, conversation, transaction);
        const stay = await this.stays.find(conversation.key, userId, transaction);
        if (stay?.state !== 'joined') throw new HooklineError('member_not_found');
        requireHigher(part, stay.role);
        const { silencedUntil, ...unsilenced } = stay;
        if (silenced === null && silencedUntil === undefined) return null;
        const until = silenced === null ? null : endOf(silenced.seconds);
        await this.stays.silence(transaction, stay.id, until);
        const said = { ...unsilenced, ...(until !== null && { silencedUntil: until }) };
        return this.changes.say(transaction, conversation, [said], question);
      },
    );
    await this.permissions.require('readConversation', actor, handle);
    return memberNow(this.stays, handle.key, userId);
  }
}

function endOf(seconds: number | undefined): number {
  return seconds === undefined ? untilLifted : Date.now() + seconds * 1_000;
}
