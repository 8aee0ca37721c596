import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { AppendStore } from '../store/append.store.js';
import { ConversationChangesStore, type ChangedConversation } from '../store/conversation-changes.store.js';
import { ConversationEnd, type Ended } from './conversation-end.js';

/** Nobody can use an expired conversation; this long (ms), at most, connected clients still have it in their lists. */
const interval = 2_000;
const expiredAtOnce = 100;

/** Deletes temporary conversations when they have expired. Replicas share the work: whoever locks the head first does it. */
@Injectable()
export class ConversationExpiry implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly appends: AppendStore,
    private readonly changes: ConversationChangesStore,
    private readonly end: ConversationEnd,
    log: Log,
  ) {
    this.periodic = new Periodic('expired conversations', interval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async sweep(): Promise<void> {
    let expired: ChangedConversation[];
    do {
      expired = await this.changes.expired(expiredAtOnce);
      for (const conversation of expired) {
        if (this.stopping) return;
        await this.delete(conversation);
      }
    } while (expired.length === expiredAtOnce);
  }

  private async delete(conversation: ChangedConversation): Promise<void> {
    const ended = await this.appends.transaction(async (transaction): Promise<Ended | null> => {
      const heads = await this.appends.lockHeads(transaction, [conversation.key]);
      const state = heads.get(conversation.key)?.state ?? 'deleted';
      return state === 'deleted'
        ? null
        : this.end.record(transaction, { ...conversation, kind: 'temporary' });
    });
    if (ended !== null) this.end.tell(ended);
  }
}
