import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { addMembers, removeMember } from '#contracts/conversation.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { AppendStore } from '../store/append.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { MemberChanges, type ChangingConversation, type MemberChange } from './member-changes.port.js';

@Controller()
export class MemberChangesController {
  constructor(
    private readonly appends: AppendStore,
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly changes: MemberChanges,
    private readonly once: OncePerKey,
  ) {}

  @Answers(addMembers)
  async add(question: z.output<typeof addMembers.question>): Promise<z.output<typeof addMembers.answer>> {
    const { applicationId, conversationId, request, members: wanted } = question;
    const conversation = await this.conversation(applicationId, conversationId);
    let change: MemberChange | null = null;
    await this.appends.transaction((transaction) =>
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
    const conversation = await this.conversation(applicationId, conversationId);
    this.changes.tell(
      await this.appends.transaction((transaction) => this.changes.leave(transaction, conversation, userId)),
    );
    return {};
  }

  private async conversation(applicationId: string, id: string): Promise<ChangingConversation> {
    const handle = await this.conversations.handle(applicationId, id);
    if (handle === null) throw new HooklineError('conversation_not_found');
    return { applicationId, id, key: handle.key, historyVisibility: handle.historyVisibility };
  }
}
