import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import { maySend, type SendRefusal } from '#domain/timeline/may-send.js';
import { GroupCommit } from '#platform/batching/group-commit.js';
import { Log } from '#platform/log.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import {
  AppendStore,
  isRefusedByDatabase,
  type Appended,
  type AppendItem,
  type RequestClaim,
} from '../store/append.store.js';
import { timelineEventOf } from '../store/event-row.js';
import { memberKey, MembersStore } from '../store/members.store.js';

/** One event to be stored, with what has to be checked again under the lock. */
export interface EventToWrite extends AppendItem {
  readonly claim: RequestClaim;
  readonly senderId: string;
  readonly conversationId: string;
  readonly asMaster: boolean;
}

export type WriteResult =
  | ({ readonly kind: 'stored' } & Appended)
  | { readonly kind: 'refused'; readonly reason: SendRefusal }
  /** The request's key was claimed before: its stored outcome is the answer. */
  | { readonly kind: 'answered_before' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Batches on their way at the same time; each uses one connection. */
const writers = 4;
const maximumBatch = 128;

/** Group commit: what arrives while a batch is being written forms the next. Acknowledged only after the commit. */
@Injectable()
export class EventWriter {
  private readonly commits: GroupCommit<EventToWrite, WriteResult>;

  constructor(
    private readonly appends: AppendStore,
    private readonly members: MembersStore,
    private readonly live: LivePublisher,
    private readonly log: Log,
  ) {
    this.commits = new GroupCommit({
      writers,
      maximumBatch,
      laneOf: ({ conversationKey }) => Number(conversationKey % BigInt(writers)),
      identityOf: ({ claim }) => `${claim.applicationId}/${claim.namespace}/${claim.key}`,
      commit: (events) => this.commit(events),
    });
  }

  write(event: EventToWrite): Promise<WriteResult> {
    return this.commits.submit(event);
  }

  private async commit(events: readonly EventToWrite[]): Promise<readonly WriteResult[]> {
    try {
      const results = await this.store(events);
      this.publish(events, results);
      return results;
    } catch (error) {
      if (events.length === 1 || !isRefusedByDatabase(error))
        return events.map(() => ({ kind: 'failed', error }));
      // One event that cannot be stored must not fail the others: each gets a transaction of its own.
      // The error's text may repeat the content, so it is not logged.
      this.log.warn({ events: events.length }, 'a batch failed, its events are written one by one');
      const results: WriteResult[] = [];
      for (const event of events) results.push(...(await this.commit([event])));
      return results;
    }
  }

  private store(events: readonly EventToWrite[]): Promise<readonly WriteResult[]> {
    return this.appends.transaction(async (transaction) => {
      const heads = await this.appends.lockHeads(transaction, [
        ...new Set(events.map((event) => event.conversationKey)),
      ]);
      const senders = await this.members.senders(
        transaction,
        events.map(({ conversationKey, senderId }) => ({ conversationKey, userId: senderId })),
      );
      const now = Date.now();
      const decisions = events.map((event) =>
        maySend({
          conversationState: heads.get(event.conversationKey)?.state ?? 'deleted',
          member: senders.get(memberKey(event.conversationKey, event.senderId)) ?? null,
          asMaster: event.asMaster,
          now,
        }),
      );
      const allowed = events.filter((_event, index) => decisions[index]?.kind === 'allowed');
      const appended =
        allowed.length === 0 ? new Map<string, Appended>() : await this.appends.append(transaction, allowed);
      return events.map((event, index): WriteResult => {
        const decision = decisions[index];
        if (decision?.kind === 'refused') return decision;
        const stored = appended.get(event.eventId);
        return stored === undefined ? { kind: 'answered_before' } : { kind: 'stored', ...stored };
      });
    });
  }

  private publish(events: readonly EventToWrite[], results: readonly WriteResult[]): void {
    const stored = events.flatMap((event, index): LiveEvent[] => {
      const result = results[index];
      if (result?.kind !== 'stored') return [];
      const envelope = {
        id: event.eventId,
        conversationId: event.conversationId,
        seq: result.seq,
        timestamp: result.timestamp,
      };
      return [
        {
          conversationKey: String(event.conversationKey),
          audience: event.audience,
          event: timelineEventOf(envelope, event.senderId, event.body),
        },
      ];
    });
    this.live.events(stored);
  }
}
