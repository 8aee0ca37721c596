import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  changeRole,
  muteConversation,
  silenceMember,
  transferOwnership,
  type Member,
} from '#contracts/members.js';
import { Answers } from '#platform/bus/answers.js';
import { ChangeRole } from './change-role.js';
import { MuteConversation } from './mute-conversation.js';
import { SilenceMember } from './silence-member.js';

/** What somebody is and may do who is in. */
@Controller()
export class MembershipController {
  constructor(
    private readonly roles: ChangeRole,
    private readonly silencing: SilenceMember,
    private readonly muting: MuteConversation,
  ) {}

  @Answers(changeRole)
  role(question: z.output<typeof changeRole.question>): Promise<Member> {
    return this.roles.change(question);
  }

  @Answers(transferOwnership)
  transfer(question: z.output<typeof transferOwnership.question>): Promise<Member> {
    return this.roles.transfer(question);
  }

  @Answers(silenceMember)
  silence(question: z.output<typeof silenceMember.question>): Promise<Member> {
    return this.silencing.silence(question);
  }

  @Answers(muteConversation)
  mute(
    question: z.output<typeof muteConversation.question>,
  ): Promise<z.output<typeof muteConversation.answer>> {
    return this.muting.mute(question);
  }
}
