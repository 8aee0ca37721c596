import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  isCustomEventType,
  seenEventOf,
  type Audience,
  type Origin,
  type ReceiptEvent,
} from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import type { acknowledgeEvent } from '#contracts/receipts.js';
import type { LiveEvent, MembershipView } from '#contracts/sessions.js';
import type { Watermarks } from '#domain/receipts/watermarks.js';
import { isVisible } from '#domain/timeline/visibility.js';
import { Batches, BatchesFull } from '#platform/batching/batches.js';
import type { Transaction } from '#platform/database/database.js';
import type { Appended } from '../store/append.store.js';
import { memberKey, MembersStore } from '../store/members.store.js';
import { ReceiptEventsStore, receiptKey, type Passage } from '../store/receipt-events.store.js';
import { ReceiptsStore, type Advance } from '../store/receipts.store.js';
import {
  TimelineChanges,
  type ChangingConversation,
  type EventOfChange,
} from '../timeline-changes/timeline-changes.port.js';
import { ReceiptNotices } from './receipt-notices.js';

interface Somebody {
  readonly applicationId: string;
  readonly conversationId: string;
  readonly userId: string;
}

/** What one member says: of one event, or of everything up to somewhere. */
interface Saying extends Somebody {
  readonly origin: Origin;
  readonly what:
    | { readonly kind: 'one'; readonly targetSeq: number; readonly type: ReceiptEvent['type'] }
    | { readonly kind: 'up_to'; readonly to: Watermarks };
}

interface Stay {
  readonly memberId: string;
  readonly at: Watermarks;
  readonly membership: MembershipView;
  /** The conversation has had receipts as events. */
  readonly areEvents: boolean;
}

/** `marks_alone`: in large conversations each message would be followed by hundreds of receipts, each told to everybody. */
type Manner = 'as_events' | 'marks_alone' | 'inactive';

/** An event to come. */
interface Step {
  readonly target: LiveEvent;
  readonly type: ReceiptEvent['type'];
}

/** What becomes of a saying. */
interface Decided {
  readonly saying: Saying;
  readonly stay: Stay;
  readonly steps: readonly Step[];
  readonly to: Watermarks;
  /** Where it stands that is not written now: it has been said before, or is no event. */
  readonly place?: Appended;
}

type Result =
  | { readonly kind: 'said'; readonly at: Watermarks; readonly appended: Appended | undefined }
  | { readonly kind: 'failed'; readonly reason: unknown };

const types = { deliveredSeq: 'receipt.delivered', readSeq: 'receipt.read' } as const;
const marks = ['deliveredSeq', 'readSeq'] as const;

/** Receipts that may wait for one conversation, and in all. */
const waitingPerConversation = 2_000;
const waitingAtMost = 20_000;

/**
 * Receipts in conversations in which they are events: each is written with the watermark that it moves, in one transaction, and
 * said once of an event by a user, since all of it is decided under the lock of the conversation's head. What members of a
 * conversation say while others are being written is written together: clients acknowledge each message, all of them at once.
 */
@Injectable()
export class ReceiptEvents {
  private readonly commits: Batches<Saying, Result>;

  constructor(
    private readonly timeline: TimelineChanges,
    private readonly members: MembersStore,
    private readonly events: ReceiptEventsStore,
    private readonly receipts: ReceiptsStore,
    private readonly notices: ReceiptNotices,
  ) {
    this.commits = new Batches<Saying, Result>({
      usual: 2,
      most: 6,
      patience: 50,
      maximumBatch: 64,
      maximumPerLane: waitingPerConversation,
      maximumWaiting: waitingAtMost,
      laneOf: placeOf,
      identityOf: (saying) => `${placeOf(saying)}:${saying.userId}`,
      run: (sayings) => this.run(sayings),
    });
  }

  /**
   * Of one event.
   *
   * @throws HooklineError conversation_not_found, conversation_inactive, receipts_not_kept, not_a_member, event_not_found, overloaded
   */
  async acknowledge({
    targetSeq,
    type,
    ...saying
  }: z.output<typeof acknowledgeEvent.question>): Promise<z.output<typeof acknowledgeEvent.answer>> {
    const { appended } = await this.say({ ...saying, what: { kind: 'one', targetSeq, type } });
    if (appended === undefined) throw new HooklineError('event_not_found');
    return appended;
  }

  /**
   * Of everything up to these watermarks: of the newest event that each of them passes.
   *
   * @returns where the member stands now
   * @throws HooklineError conversation_not_found, not_a_member, overloaded
   */
  async upTo({ applicationId, conversationId, userId }: Somebody, to: Watermarks): Promise<Watermarks> {
    const origin: Origin = { address: null, dialect: 'native' };
    const somebody = { applicationId, conversationId, userId };
    return (await this.say({ ...somebody, origin, what: { kind: 'up_to', to } })).at;
  }

  private async say(saying: Saying): Promise<Extract<Result, { kind: 'said' }>> {
    const result = await this.commits.submit(saying).catch((error: unknown) => {
      throw error instanceof BatchesFull ? new HooklineError('overloaded') : error;
    });
    if (result.kind === 'failed') throw result.reason;
    return result;
  }

  /** What fails in one conversation is nothing to the others. */
  private async run(sayings: readonly Saying[]): Promise<readonly Result[]> {
    const results = new Map<Saying, Result>();
    for (const those of Map.groupBy(sayings, placeOf).values()) {
      try {
        for (const [saying, result] of await this.commit(those)) results.set(saying, result);
      } catch (reason) {
        for (const saying of those) results.set(saying, { kind: 'failed', reason });
      }
    }
    return sayings.map(
      (saying) => results.get(saying) ?? { kind: 'failed', reason: new Error('Not decided') },
    );
  }

  /** Of one conversation, each of another user. */
  private async commit(sayings: readonly Saying[]): Promise<Map<Saying, Result>> {
    const [first] = sayings;
    if (first === undefined) return new Map();
    const conversation = await this.timeline.conversation(first.applicationId, first.conversationId);
    if (conversation.kind === 'room' || conversation.kind === 'system')
      throw new HooklineError('receipts_not_kept');
    const { key: conversationKey } = conversation;
    const { results, decided, said } = await this.timeline.transaction(async (transaction) => {
      const state = await this.timeline.lockInAnyState(transaction, conversation);
      const manner = state === 'active' ? await this.manner(transaction, conversationKey) : 'inactive';
      const decisions = await this.decide(transaction, conversationKey, sayings, manner);
      const passed = [...decisions.values()].filter((decision) => 'stay' in decision);
      if (passed.some(({ steps, stay }) => steps.length > 0 && !stay.areEvents))
        await this.events.begin(transaction, conversationKey);
      const changes = passed.flatMap((decision) => decision.steps.map((step) => changeOf(decision, step)));
      const appended = await this.timeline.appendAll(transaction, conversation, changes);
      await this.receipts.advanceLocked(
        transaction,
        passed.filter(isFurther).map(({ stay, to }): Advance => ({ memberId: stay.memberId, ...to })),
      );
      return { results: resultsOf(decisions, appended), decided: passed, said: appended };
    });
    this.timeline.tell(said.map(({ event }) => event));
    const moved = decided.filter(isFurther).map(({ saying, to }) => ({ ...saying, conversationKey, at: to }));
    await this.notices.tell(moved);
    return results;
  }

  private async manner(transaction: Transaction, key: ChangingConversation['key']): Promise<Manner> {
    const small = await this.receipts.withAtMost(limits.liveReceiptMembers, [key], transaction);
    return small.has(key) ? 'as_events' : 'marks_alone';
  }

  private async decide(
    transaction: Transaction,
    conversationKey: ChangingConversation['key'],
    sayings: readonly Saying[],
    manner: Manner,
  ): Promise<Map<Saying, Decided | HooklineError>> {
    const stays = await this.stays(transaction, conversationKey, sayings);
    const passages = sayings.flatMap((saying) => passagesOf(saying, stays.get(saying.userId), manner));
    const newest = await this.events.newestOf(transaction, conversationKey, passages);
    const ones = sayings.flatMap(({ userId, what }) => (what.kind === 'one' ? [{ ...what, userId }] : []));
    const seqs = new Set([...newest.values(), ...ones.map(({ targetSeq }) => targetSeq)]);
    const targets = await this.events.at(transaction, conversationKey, [...seqs]);
    const before = await this.events.saidBefore(transaction, conversationKey, ones);

    const decide = (saying: Saying): Decided | HooklineError => {
      const { userId, what } = saying;
      const stay = stays.get(userId);
      if (stay === undefined) return new HooklineError('not_a_member');
      if (what.kind === 'up_to') {
        const { to } = what;
        const steps = marks.flatMap((mark): Step[] => {
          const target = targets.get(newest.get(passageKey(userId, mark)) ?? 0);
          return target === undefined ? [] : [{ target, type: types[mark] }];
        });
        return { saying, stay, steps, to: further(stay.at, to) };
      }
      if (manner === 'inactive') return new HooklineError('conversation_inactive');
      const { type, targetSeq } = what;
      const target = targets.get(targetSeq);
      if (target === undefined || !isToBeAcknowledged(target, userId, stay.membership))
        return new HooklineError('event_not_found');
      const to = further(stay.at, {
        deliveredSeq: targetSeq,
        readSeq: type === types.readSeq ? targetSeq : 0,
      });
      const said = before.get(receiptKey({ ...what, userId }));
      // What has moved the watermark then has left it there.
      if (said !== undefined) return { saying, stay, steps: [], to: stay.at, place: said };
      if (manner === 'marks_alone')
        return { saying, stay, steps: [], to, place: { seq: targetSeq, timestamp: Date.now() } };
      return { saying, stay, steps: [{ target, type }], to };
    };
    return new Map(sayings.map((saying) => [saying, decide(saying)]));
  }

  /** By user: of those who are in. */
  private async stays(
    transaction: Transaction,
    conversationKey: bigint,
    sayings: readonly Saying[],
  ): Promise<Map<string, Stay>> {
    const userIds = sayings.map(({ userId }) => userId);
    const pairs = userIds.map((userId) => ({ conversationKey, userId }));
    const stays = await this.receipts.stays(pairs, transaction);
    const memberships = await this.members.membershipsOf(conversationKey, userIds, transaction);
    return new Map(
      userIds.flatMap((userId) => {
        const {
          memberId = null,
          at,
          areEvents = false,
        } = stays.get(memberKey(conversationKey, userId)) ?? {};
        const membership = memberships.get(userId);
        if (memberId === null || at === undefined || membership?.state !== 'joined') return [];
        return [[userId, { memberId, at, membership, areEvents }] as const];
      }),
    );
  }
}

function placeOf({ applicationId, conversationId }: Somebody): string {
  return `${applicationId}:${conversationId}`;
}

function passageKey(userId: string, mark: keyof Watermarks): string {
  return `${userId}:${mark}`;
}

/** What watermarks pass by moving. In an inactive conversation they move without a word: nothing is written there any more. */
function passagesOf({ userId, what }: Saying, stay: Stay | undefined, manner: Manner): Passage[] {
  if (what.kind !== 'up_to' || stay === undefined || manner !== 'as_events') return [];
  const { at, membership } = stay;
  return marks
    .filter((mark) => what.to[mark] > at[mark])
    .map((mark) => ({
      key: passageKey(userId, mark),
      userId,
      fromSeq: Math.max(membership.fromSeq, at[mark] + 1),
      toSeq: what.to[mark],
    }));
}

function further(at: Watermarks, to: Watermarks): Watermarks {
  return {
    deliveredSeq: Math.max(at.deliveredSeq, to.deliveredSeq),
    readSeq: Math.max(at.readSeq, to.readSeq),
  };
}

function isFurther({ stay: { at }, to }: Decided): boolean {
  return to.deliveredSeq > at.deliveredSeq || to.readSeq > at.readSeq;
}

/** Somebody else has sent it, and the user sees it. */
function isToBeAcknowledged(
  { event, audience }: LiveEvent,
  userId: string,
  { fromSeq, toSeq }: MembershipView,
): boolean {
  return (
    (event.type === 'message' || isCustomEventType(event.type)) &&
    event.senderId !== userId &&
    isVisible(seenEventOf(event, audience), userId, { fromSeq, toSeq })
  );
}

function changeOf({ saying, stay }: Decided, { target: { event, audience }, type }: Step): EventOfChange {
  return {
    origin: saying.origin,
    senderId: saying.userId,
    senderMemberId: stay.memberId,
    body: {
      type,
      contentType: 'json',
      content: null,
      binary: null,
      target: { id: event.id, seq: event.seq },
    },
    audience: audienceOfReceipt(audience, event.senderId),
  };
}

/** To whom else something was said is for its sender to know, and so is who of them has got it. */
function audienceOfReceipt(audience: Audience, author: string | null): Audience {
  if (audience.kind === 'everyone') return audience;
  return { kind: 'listed', userIds: author === null ? [] : [author] };
}

function resultsOf(
  decisions: ReadonlyMap<Saying, Decided | HooklineError>,
  appended: readonly { readonly appended: Appended }[],
): Map<Saying, Result> {
  let next = 0;
  return new Map(
    [...decisions].map(([saying, decision]): [Saying, Result] => {
      if (decision instanceof HooklineError) return [saying, { kind: 'failed', reason: decision }];
      const { steps, place, to } = decision;
      const first = appended[next]?.appended;
      next += steps.length;
      return [saying, { kind: 'said', at: to, appended: place ?? (steps.length === 0 ? undefined : first) }];
    }),
  );
}
