import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '#contracts/actor.js';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import type { Audience, Origin } from '#contracts/event.js';
import type { LiveEvent } from '#contracts/sessions.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { Occurrences } from '../occurrences/occurrences.port.js';
import { AppendStore, type Appended } from '../store/append.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { timelineEventOf, type EventBody } from '../store/event-row.js';
import type { NewOccurrence } from '../store/occurrences.store.js';

export interface ChangingConversation {
  readonly applicationId: string;
  readonly id: string;
  readonly key: bigint;
  readonly kind: Conversation['kind'];
  readonly historyVisibility: 'start' | 'joined';
  /** Milliseconds since the epoch; null for what is not temporary. */
  readonly expiresAt: number | null;
}

/** Who changes something, and from where. */
export interface DoneBy {
  readonly actor: Actor;
  readonly origin: Origin;
}

export interface EventOfChange {
  readonly origin: Origin;
  readonly senderId: string | null;
  readonly body: EventBody;
  /** Everyone unless it is said. */
  readonly audience?: Audience;
}

/**
 * Operations that change something and say so by an event of the timeline: lock the head, decide, change, append, and
 * after the commit tell.
 */
@Injectable()
export class TimelineChanges {
  constructor(
    private readonly appends: AppendStore,
    private readonly conversations: ConversationsStore,
    private readonly live: LivePublisher,
    private readonly occurrences: Occurrences,
  ) {}

  /** @throws HooklineError conversation_not_found */
  async conversation(applicationId: string, id: string): Promise<ChangingConversation> {
    const handle = await this.conversations.handle(applicationId, id);
    if (handle === null) throw new HooklineError('conversation_not_found');
    return { applicationId, id, ...handle };
  }

  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    let used: Transaction | undefined;
    const result = await this.appends.transaction((transaction) => {
      used = transaction;
      return work(transaction);
    });
    if (used !== undefined) this.occurrences.committed(used);
    return result;
  }

  /** Does the work and undoes it. */
  rehearse<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.appends.rehearse(work);
  }

  /**
   * What is read after this, in the same transaction, stays true until it ends.
   *
   * @throws HooklineError conversation_not_found, conversation_inactive
   */
  async lock(transaction: Transaction, conversation: ChangingConversation): Promise<void> {
    const state = await this.lockInAnyState(transaction, conversation);
    if (state === 'inactive') throw new HooklineError('conversation_inactive');
  }

  /**
   * As `lock`, for what is done to inactive conversations too.
   *
   * @throws HooklineError conversation_not_found
   */
  async lockInAnyState(
    transaction: Transaction,
    { key, expiresAt }: ChangingConversation,
  ): Promise<'active' | 'inactive'> {
    const heads = await this.appends.lockHeads(transaction, [key]);
    const state = heads.get(key)?.state ?? 'deleted';
    const isExpired = expiresAt !== null && expiresAt <= Date.now();
    if (state === 'deleted' || isExpired) throw new HooklineError('conversation_not_found');
    return state;
  }

  /** The head must be locked. */
  async append(
    transaction: Transaction,
    conversation: ChangingConversation,
    { origin, senderId, body, audience = { kind: 'everyone' } }: EventOfChange,
  ): Promise<{ event: LiveEvent; appended: Appended }> {
    const eventId = uuidv7();
    const stored = await this.appends.append(transaction, [
      {
        eventId,
        conversationKey: conversation.key,
        senderId,
        body,
        audience,
        claim: null,
        origin: JSON.stringify(origin),
      },
    ]);
    const appended = stored.get(eventId);
    if (appended === undefined) throw new Error('An event without a claim was not appended');
    const envelope = { id: eventId, conversationId: conversation.id, ...appended };
    const event: LiveEvent = {
      conversationKey: String(conversation.key),
      audience,
      event: timelineEventOf(envelope, senderId, body),
    };
    return { event, appended };
  }

  /** Has the after-hooks told. The head must be locked, unless the conversation is new. */
  occurred(
    transaction: Transaction,
    conversation: Pick<ChangingConversation, 'applicationId' | 'key'>,
    happened: NewOccurrence,
  ): Promise<void> {
    return this.occurrences.record(transaction, conversation, happened);
  }

  /** After the commit. */
  tell(events: readonly LiveEvent[]): void {
    this.live.events(events);
  }
}

/** Who an event says has caused it: null for a server. */
export function causeOf(actor: Actor): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}
