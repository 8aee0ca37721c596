import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  addMembers,
  inviteMembers,
  joinConversation,
  leaveConversation,
  removeMember,
  removeMembers,
  type Member,
} from '#contracts/members.js';
import { Answers } from '#platform/bus/answers.js';
import { AddMembers } from './add-members.js';
import { InviteMembers } from './invite-members.js';
import { JoinConversation } from './join-conversation.js';
import { LeaveConversation } from './leave-conversation.js';
import { RemoveMember } from './remove-member.js';

/** Members come and go. */
@Controller()
export class MembersController {
  constructor(
    private readonly adding: AddMembers,
    private readonly inviting: InviteMembers,
    private readonly joining: JoinConversation,
    private readonly leaving: LeaveConversation,
    private readonly removing: RemoveMember,
  ) {}

  @Answers(addMembers)
  add(question: z.output<typeof addMembers.question>): Promise<z.output<typeof addMembers.answer>> {
    return this.adding.add(question);
  }

  @Answers(inviteMembers)
  invite(question: z.output<typeof inviteMembers.question>): Promise<z.output<typeof inviteMembers.answer>> {
    return this.inviting.invite(question);
  }

  @Answers(joinConversation)
  join(question: z.output<typeof joinConversation.question>): Promise<Member> {
    return this.joining.join(question);
  }

  @Answers(leaveConversation)
  leave(question: z.output<typeof leaveConversation.question>): Promise<object> {
    return this.leaving.leave(question);
  }

  @Answers(removeMember)
  remove(question: z.output<typeof removeMember.question>): Promise<object> {
    return this.removing.remove(question);
  }

  @Answers(removeMembers)
  removeAll(question: z.output<typeof removeMembers.question>): Promise<object> {
    return this.removing.removeAll(question);
  }
}
