import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { ConversationChangesStore, type ChangedConversation } from '../store/conversation-changes.store.js';
import { MembersStore } from '../store/members.store.js';
import { ServiceUnlisting } from './service-unlisting.js';

export type EndingConversation = ChangedConversation & Pick<Conversation, 'kind'>;

/** What was committed, to be told after the commit. */
export interface Ended {
  readonly conversation: EndingConversation;
  /** Of the users who were in it; a service leaves their lists later. */
  readonly listVersions: ReadonlyMap<string, number>;
}

/** The end of a conversation, deleted or expired: it leaves its members' lists, and they are told. */
@Injectable()
export class ConversationEnd {
  constructor(
    private readonly changes: ConversationChangesStore,
    private readonly members: MembersStore,
    private readonly live: LivePublisher,
    private readonly services: ServiceUnlisting,
  ) {}

  /** The head must be locked. */
  async record(transaction: Transaction, conversation: EndingConversation): Promise<Ended> {
    const userIds = await this.changes.delete(transaction, conversation);
    const { applicationId } = conversation;
    return {
      conversation,
      listVersions: await this.members.countListChange(transaction, applicationId, userIds),
    };
  }

  /** What is lost of this, gateways notice by the versions of the lists, and webhooks not at all. */
  tell({ conversation, listVersions }: Ended): void {
    for (const [userId, listVersion] of listVersions) this.live.deleted(conversation, userId, listVersion);
    this.live.toVonageWebhooks({
      ...{ applicationId: conversation.applicationId, conversationId: conversation.id },
      ...{ conversationKey: String(conversation.key), conversationKind: conversation.kind },
      ...{ timestamp: Date.now(), happened: { kind: 'deleted' } },
    });
    this.services.wake();
  }
}
