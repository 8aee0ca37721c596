import { Injectable } from '@nestjs/common';
import type { LiveBroadcast } from '#contracts/broadcasts.js';
import { HooklineError } from '#contracts/errors.js';
import { isService } from '#domain/conversations/service.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { OncePerKey, type AskedOnce } from '../store/once-per-key.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** Changes of an application's broadcasts, under the lock of the head of the service that they are messages of. */
@Injectable()
export class BroadcastChanges {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly once: OncePerKey,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind */
  async service(applicationId: string, conversationId: string): Promise<ChangingConversation> {
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    if (!isService(conversation.kind)) throw new HooklineError('wrong_conversation_kind');
    return conversation;
  }

  /** @returns the outcome that the request had before; null when it is new. @throws HooklineError idempotency_key_reused */
  answered<Outcome>(asked: AskedOnce): Promise<Outcome | null> {
    return this.once.answered<Outcome>(asked);
  }

  /**
   * Finds out whether it can be done: does it and undoes it.
   *
   * @throws HooklineError conversation_not_found, conversation_inactive, what `work` throws
   */
  rehearse<Outcome>(
    service: ChangingConversation,
    work: (transaction: Transaction) => Promise<Outcome>,
  ): Promise<Outcome> {
    return this.timeline.rehearse(async (transaction) => {
      await this.timeline.lock(transaction, service);
      return work(transaction);
    });
  }

  /** @throws HooklineError conversation_not_found, idempotency_key_reused, what `work` throws */
  run<Outcome>(
    service: ChangingConversation,
    asked: AskedOnce,
    work: (transaction: Transaction, state: 'active' | 'inactive') => Promise<Outcome>,
  ): Promise<Outcome> {
    return this.timeline.transaction(async (transaction) => {
      // The head before the key, as sending does: the other way round the two would wait for each other.
      const state = await this.timeline.lockInAnyState(transaction, service);
      return this.once.run(transaction, asked, () => work(transaction, state));
    });
  }

  /** See `TimelineChanges.append`. */
  append: TimelineChanges['append'] = (...event) => this.timeline.append(...event);

  /** After the commit, to the service's subscribers and to all the others. What fails here is repaired by the gateways. */
  tell({ applicationId }: ChangingConversation, broadcast: LiveBroadcast): void {
    this.timeline.tell([broadcast.live]);
    this.live.toApplication(applicationId, { kind: 'broadcast', broadcast });
  }
}
