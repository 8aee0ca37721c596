import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Conversation, createConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { MemberChanges, type MemberChange } from '../member-changes/member-changes.port.js';
import { AppendStore } from '../store/append.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { OncePerKey } from '../store/once-per-key.js';

type Question = z.output<typeof createConversation.question>;

/** Creates a conversation; its initial members join by one event, seq 1. */
@Injectable()
export class CreateConversation {
  constructor(
    private readonly appends: AppendStore,
    private readonly conversations: ConversationsStore,
    private readonly memberChanges: MemberChanges,
    private readonly once: OncePerKey,
  ) {}

  async create({ applicationId, request, conversation: wanted }: Question): Promise<Conversation> {
    let change: MemberChange | null = null;
    const id = await this.appends.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: wanted }, async () => {
        const { members, name = null, id: wantedId = uuidv7(), attributes, historyVisibility, kind } = wanted;
        const created = await this.conversations.create(transaction, {
          applicationId,
          id: wantedId,
          kind,
          name,
          attributes,
          historyVisibility,
        });
        if (created === null) throw new HooklineError('conversation_exists');
        if (members.length > 0) {
          const conversation = { applicationId, id: wantedId, key: created.key, kind, historyVisibility };
          change = await this.memberChanges.join(transaction, conversation, members);
        }
        return wantedId;
      }),
    );
    this.memberChanges.tell(change);
    const conversation = await this.conversations.find(applicationId, id);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    return conversation;
  }
}
