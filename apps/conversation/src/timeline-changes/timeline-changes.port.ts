import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '#contracts/actor.js';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import type { Audience, Origin } from '#contracts/event.js';
import type { PushPayload } from '#contracts/hooks/answers.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isService } from '#domain/conversations/service.js';
import { viewsOf } from '#domain/timeline/service-views.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { Occurrences } from '../occurrences/occurrences.port.js';
import { AppendStore, type Appended, type AppendItem } from '../store/append.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { timelineEventOf, type EventBody } from '../store/event-row.js';
import type { NewOccurrence } from '../store/occurrences.store.js';

export interface ChangingConversation {
  readonly applicationId: string;
  readonly id: string;
  readonly key: bigint;
  readonly kind: Conversation['kind'];
  readonly historyVisibility: 'start' | 'joined';
  readonly equalMembers: boolean;
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
  /** By which stay it is in; absent: nobody looks for that. */
  readonly senderMemberId?: string | undefined;
  readonly body: EventBody;
  /** What devices of those get who are absent. */
  readonly push?: PushPayload;
  /** Everyone unless it is said. */
  readonly audience?: Audience;
  /** It is about something that a user has said to a service. */
  readonly isInquiry?: boolean;
}

export interface AppendedChange {
  readonly event: LiveEvent;
  readonly appended: Appended;
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

  /** Where a timeline ends: for what is no event of it. The head must be locked. */
  async end(transaction: Transaction, { key }: Pick<ChangingConversation, 'key'>): Promise<Appended> {
    const heads = await this.appends.lockHeads(transaction, [key]);
    return { seq: heads.get(key)?.lastSeq ?? 0, timestamp: Date.now() };
  }

  /** The head must be locked. */
  async append(
    transaction: Transaction,
    conversation: ChangingConversation,
    change: EventOfChange,
  ): Promise<AppendedChange> {
    const [appended] = await this.appendAll(transaction, conversation, [change]);
    if (appended === undefined) throw new Error('An event without a claim was not appended');
    return appended;
  }

  /** In this order, by one statement. The head must be locked. */
  async appendAll(
    transaction: Transaction,
    conversation: ChangingConversation,
    changes: readonly EventOfChange[],
  ): Promise<AppendedChange[]> {
    if (changes.length === 0) return [];
    const items = changes.map((change) => itemOf(conversation, change));
    const stored = await this.appends.append(transaction, items);
    return items.map(({ eventId, senderId, senderMemberId, body, audience }, index) => {
      const appended = stored.get(eventId);
      if (appended === undefined) throw new Error('An event without a claim was not appended');
      const envelope = { id: eventId, conversationId: conversation.id, ...appended };
      const event: LiveEvent = {
        conversationKey: String(conversation.key),
        audience,
        ...(changes[index]?.isInquiry === true && { isInquiry: true }),
        ...(senderMemberId !== undefined && { senderMemberId }),
        event: timelineEventOf(envelope, senderId, body),
      };
      return { event, appended };
    });
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

function itemOf({ key, kind }: ChangingConversation, change: EventOfChange): AppendItem {
  const { origin, senderId, senderMemberId, body, push } = change;
  const { audience = { kind: 'everyone' }, isInquiry = false } = change;
  return {
    eventId: uuidv7(),
    conversationKey: key,
    senderId,
    senderMemberId,
    body,
    audience,
    ...(isService(kind) && { views: viewsOf(audience, senderId, isInquiry) }),
    claim: null,
    // Undefined has no place in JSON.
    origin: JSON.stringify({ ...origin, push }),
  };
}

/** Who an event says has caused it: null for a server. */
export function causeOf(actor: Actor): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}
