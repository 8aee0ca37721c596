import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { addMembers, removeMember } from '#contracts/members.js';
import { Answers } from '#platform/bus/answers.js';
import { MembersStore } from '../store/members.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { TimelineChanges } from '../timeline-changes/timeline-changes.port.js';
import { MemberChanges, type MemberChange } from './member-changes.port.js';

@Controller()
export class MemberChangesController {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly members: MembersStore,
    private readonly changes: MemberChanges,
    private readonly once: OncePerKey,
  ) {}

  @Answers(addMembers)
  async add(question: z.output<typeof addMembers.question>): Promise<z.output<typeof addMembers.answer>> {
    const { applicationId, conversationId, request, members: wanted } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    let change: MemberChange | null = null;
    await this.timeline.transaction((transaction) =>
      this.once.run(
        transaction,
        { applicationId, request, content: { conversationId, wanted } },
        async () => {
          change = await this.changes.join(transaction, conversation, wanted);
          return {};
        },
      ),
    );
    this.changes.tell(change);
    const joined = await this.members.listJoined(conversation.key);
    return {
      members: joined.map(({ joinedAt, ...member }) => ({
        ...member,
        joinedAt: joinedAt?.getTime() ?? null,
      })),
    };
  }

  @Answers(removeMember)
  async remove({
    applicationId,
    conversationId,
    userId,
  }: z.output<typeof removeMember.question>): Promise<object> {
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    this.changes.tell(
      await this.timeline.transaction((transaction) => this.changes.leave(transaction, conversation, userId)),
    );
    return {};
  }
}
