import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import { maySend, type SendRefusal } from '#domain/timeline/may-send.js';
import { Batches, BatchesFull } from '#platform/batching/batches.js';
import { Log } from '#platform/log.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import {
  AppendStore,
  databaseFailure,
  type Appended,
  type AppendItem,
  type RequestClaim,
} from '../store/append.store.js';
import { timelineEventOf } from '../store/event-row.js';
import { memberKey, MembersStore } from '../store/members.store.js';
import { SubscribersStore } from '../store/subscribers.store.js';
import type { DirectTransaction } from '#platform/database/queries.js';

/** One event to be stored, with what has to be checked again under the lock. */
export interface EventToWrite extends AppendItem {
  readonly claim: RequestClaim;
  readonly senderId: string;
  readonly conversationId: string;
  readonly conversationExpiresAt: number | null;
  /** Whoever attends may send. */
  readonly isRoom: boolean;
  /** Everybody may send but who is blocked. */
  readonly isService: boolean;
  readonly isInquiry: boolean;
  readonly asMaster: boolean;
  /** Listed without being members: they get this one event. */
  readonly outsiders: readonly string[];
}

export type WriteResult =
  | ({ readonly kind: 'stored'; readonly senderMemberId: string | undefined } & Appended)
  | { readonly kind: 'refused'; readonly reason: SendRefusal }
  /** The request's key was claimed before: its stored outcome is the answer. */
  | { readonly kind: 'answered_before' }
  /** Too much is waiting already: certainly not stored. */
  | { readonly kind: 'overloaded' }
  /** Not stored, or not known to be: only a repetition of the request can tell. */
  | { readonly kind: 'failed' };

/** Events of one conversation that may wait, and of all: some seconds of work. */
const waitingPerConversation = 1_000;
const waitingAtMost = 10_000;

/** Group commit: what arrives while batches are being written forms the next. Acknowledged only after the commit. */
@Injectable()
export class EventWriter {
  private readonly commits: Batches<EventToWrite, WriteResult>;

  constructor(
    private readonly appends: AppendStore,
    private readonly members: MembersStore,
    private readonly subscribers: SubscribersStore,
    private readonly live: LivePublisher,
    private readonly log: Log,
  ) {
    this.commits = new Batches({
      usual: 2,
      // A batch that takes long waits for a lock, most likely; it holds one connection.
      most: 4,
      patience: 50,
      maximumBatch: 128,
      maximumPerLane: waitingPerConversation,
      maximumWaiting: waitingAtMost,
      laneOf: ({ conversationKey }) => conversationKey,
      identityOf: ({ claim }) => `${claim.applicationId}/${claim.namespace}/${claim.key}`,
      run: (events) => this.commit(events),
    });
  }

  async write(event: EventToWrite): Promise<WriteResult> {
    try {
      return await this.commits.submit(event);
    } catch (error) {
      if (error instanceof BatchesFull) return { kind: 'overloaded' };
      throw error;
    }
  }

  private async commit(events: readonly EventToWrite[]): Promise<readonly WriteResult[]> {
    let results: readonly WriteResult[];
    try {
      results = await this.store(events);
    } catch (error) {
      return this.commitApart(events, error);
    }
    this.publish(events, results);
    return results;
  }

  /**
   * A batch that PostgreSQL refused is written in parts: by conversation, so that one whose lock is not to be had stops
   * nobody else, then event by event, so that one that cannot be stored fails alone.
   */
  private async commitApart(
    events: readonly EventToWrite[],
    error: unknown,
  ): Promise<readonly WriteResult[]> {
    const { refused, lockTimeout, code } = databaseFailure(error);
    // The error's text may repeat the content, so it is not logged.
    this.log.warn({ events: events.length, kind: nameOf(error), code }, 'a batch could not be written');
    const conversations = new Set(events.map(({ conversationKey }) => conversationKey));
    if (!refused || events.length === 1 || (lockTimeout && conversations.size === 1)) {
      return events.map(() => ({ kind: 'failed' }));
    }
    const parts =
      conversations.size > 1
        ? [...Map.groupBy(events, ({ conversationKey }) => conversationKey).values()]
        : events.map((event) => [event]);
    const results = new Map<EventToWrite, WriteResult>();
    for (const part of parts) {
      const written = await this.commit(part);
      for (const [index, event] of part.entries()) results.set(event, written[index] ?? { kind: 'failed' });
    }
    return events.map((event) => results.get(event) ?? { kind: 'failed' });
  }

  private store(events: readonly EventToWrite[]): Promise<readonly WriteResult[]> {
    return this.appends.batch(async (queries) => {
      // Side by side they travel together; the senders are read when the locks are held.
      const [heads, senders, blocked] = await Promise.all([
        this.appends.lockHeads(queries, [...new Set(events.map((event) => event.conversationKey))]),
        this.members.senders(
          queries,
          events.map(({ conversationKey, senderId, isRoom }) => ({
            conversationKey,
            userId: senderId,
            isRoom,
          })),
        ),
        this.blockedSenders(queries, events),
      ]);
      const now = Date.now();
      const senderOf = ({ conversationKey, senderId }: EventToWrite) =>
        senders.get(memberKey(conversationKey, senderId)) ?? null;
      const memberIdOf = (event: EventToWrite): string | undefined => senderOf(event)?.memberId ?? undefined;
      const decisions = events.map((event) =>
        maySend({
          conversationState: heads.get(event.conversationKey)?.state ?? 'deleted',
          conversationExpiresAt: event.conversationExpiresAt,
          isOpenToAll: event.isService,
          isBlockedHere: blocked.has(memberKey(event.conversationKey, event.senderId)),
          member: senderOf(event),
          asMaster: event.asMaster,
          now,
        }),
      );
      const allowed = events.filter((_event, index) => decisions[index]?.kind === 'allowed');
      // A server may speak in the name of who is not there, and anybody to a service.
      const elsewhere = allowed.filter((event) => senderOf(event) === null);
      if (elsewhere.length > 0) await this.appends.leaveTraces(queries, elsewhere);
      // The commit travels with the append: nothing is decided after it.
      const said = allowed.map((event) => ({ ...event, senderMemberId: memberIdOf(event) }));
      const appended =
        said.length === 0 ? new Map<string, Appended>() : await this.appends.append(queries.andCommit, said);
      return events.map((event, index): WriteResult => {
        const decision = decisions[index];
        if (decision?.kind === 'refused') return decision;
        const stored = appended.get(event.eventId);
        if (stored === undefined) return { kind: 'answered_before' };
        return { kind: 'stored', senderMemberId: memberIdOf(event), ...stored };
      });
    });
  }

  /** No statement more where no service is written to. */
  private async blockedSenders(
    queries: DirectTransaction,
    events: readonly EventToWrite[],
  ): Promise<ReadonlySet<string>> {
    const pairs = events
      .filter(({ isService }) => isService)
      .map(({ conversationKey, senderId: userId }) => ({ conversationKey, userId }));
    return pairs.length === 0 ? new Set() : this.subscribers.blockedAmong(queries, pairs, memberKey);
  }

  private publish(events: readonly EventToWrite[], results: readonly WriteResult[]): void {
    const stored = events.flatMap((event, index): LiveEvent[] => {
      const result = results[index];
      if (result?.kind !== 'stored') return [];
      const { eventId: id, conversationId, senderId, body, audience, outsiders, claim } = event;
      const { seq, timestamp, senderMemberId } = result;
      const seen = timelineEventOf({ id, conversationId, seq, timestamp }, senderId, body);
      this.live.toOutsiders(claim.applicationId, outsiders, seen);
      const { isInquiry } = event;
      return [
        {
          conversationKey: String(event.conversationKey),
          audience,
          ...(isInquiry && { isInquiry }),
          ...(senderMemberId !== undefined && { senderMemberId }),
          ...(body.dataText !== undefined && { dataText: body.dataText }),
          event: seen,
        },
      ];
    });
    this.live.events(stored);
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
