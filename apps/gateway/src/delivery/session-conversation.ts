import { seenEventOf, type TimelineEvent } from '#contracts/event.js';
import type { LiveSignal } from '#contracts/ephemeral.js';
import { limits } from '#contracts/limits.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import { readTimeline, type LiveEvent, type MembershipView } from '#contracts/sessions.js';
import { isVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import type { Bus } from '#platform/bus/bus.js';
import type { EventBesides } from './client-sink.port.js';
import type { FeedListener } from './conversation-feed.js';

const readAtOnce = 200;
/** Live events kept while the database is read; more are read again instead, so that a slow client costs no memory. */
const keptMeanwhile = 100;

interface Outlet {
  event(event: TimelineEvent, besides: EventBesides): void;
  receipts(receipts: ReceiptUpdate): void;
  signal(signal: LiveSignal): void;
  /** Resolves when a page of history may be handed out. */
  room(): Promise<void>;
}

/**
 * One conversation as one session sees it: catching up (live events wait in a buffer while the database is read), then
 * live. Everything passes `deliver`, which lets through each visible event once, in order.
 */
export class SessionConversation implements FeedListener {
  /** As the client was last told. */
  isMuted: boolean;
  private buffer: LiveEvent[] | null = [];
  /** How often what came meanwhile was not kept. */
  private overruns = 0;
  private range: VisibleRange;
  private given: number;
  /** Where it was taken up: what lies before it is not given here. */
  private start: number;

  constructor(
    readonly membership: MembershipView,
    readonly userId: string,
    private position: number,
    private readonly outlet: Outlet,
  ) {
    this.range = { fromSeq: membership.fromSeq, toSeq: membership.toSeq };
    this.given = position;
    this.start = position;
    this.isMuted = membership.muted;
  }

  get isCatchingUp(): boolean {
    return this.buffer !== null;
  }

  hear(event: LiveEvent): void {
    if (this.buffer === null) {
      this.deliver(event);
      return;
    }
    if (this.buffer.length >= keptMeanwhile) {
      this.buffer = [];
      this.overruns += 1;
    }
    this.buffer.push(event);
  }

  /** Worth something now or not at all. */
  hearSignal(signal: LiveSignal): void {
    if (this.buffer !== null || this.range.toSeq !== null) return;
    if (isHeardBy(signal, this.userId)) this.outlet.signal(signal);
  }

  /** Receipts may be lost: nobody waits for those that come before the events that they are about. */
  hearReceipts(receipts: ReceiptUpdate): void {
    if (this.buffer === null && this.range.toSeq === null) this.outlet.receipts(receipts);
  }

  /** Where the timeline ends for this user: for somebody who has left, at the leaving. */
  get endSeq(): number {
    const { headSeq, toSeq } = this.membership;
    return Math.min(toSeq ?? headSeq, headSeq);
  }

  /** Last seq that this session has been given, or has passed over as not visible. */
  get currentPosition(): number {
    return this.position;
  }

  /** As `currentPosition`, but without what was passed over after a leaving: a next stay may be given that. */
  get givenPosition(): number {
    return this.given;
  }

  /**
   * Where a client goes on that has been brought up. A service speaks to those as well who are in it no more, or never were.
   */
  get resumeSeq(): number {
    return this.membership.isService === true ? Math.max(this.position, this.endSeq) : this.endSeq;
  }

  /** More than the limit is not caught up event by event. Most of a service's are for others: there the server has to count. */
  get isTooFarBehind(): boolean {
    if (this.membership.isService === true) return false;
    return this.endSeq - this.position > limits.resumeEvents;
  }

  /** Gives up on what was missed until now. */
  skipToEnd(): void {
    this.pass(this.endSeq);
    this.start = this.endSeq;
  }

  /** Whether an event that everybody sees was given here, or is still to come; or was not, being older. */
  tells(seq: number): 'yes' | 'soon' | 'no' {
    if (seq <= this.start) return 'no';
    return seq <= this.position ? 'yes' : 'soon';
  }

  /** The same once it is followed no more. */
  hasTold(seq: number): boolean {
    return seq > this.start && seq <= this.given;
  }

  /**
   * Reads and delivers everything after the position, then what came meanwhile.
   *
   * @param atMost of a service: if more is missed, that is given up
   * @returns whether it was
   * @throws HooklineError when the conversation app does not answer
   */
  async catchUp(bus: Pick<Bus, 'ask'>, atMost?: number): Promise<boolean> {
    this.buffer ??= [];
    let bound = this.membership.isService === true ? atMost : undefined;
    let isTooMuch = false;
    let headSeq: number;
    let overrunsBefore: number;
    do {
      overrunsBefore = this.overruns;
      const answer = await bus.ask(readTimeline, {
        conversationKey: this.membership.conversationKey,
        userId: this.userId,
        afterSeq: this.position,
        limit: readAtOnce,
        ...(bound !== undefined && { atMost: bound }),
      });
      bound = undefined;
      await this.outlet.room();
      for (const event of answer.events) this.deliver(event);
      this.pass(answer.isTooMuch === true ? answer.headSeq : answer.readSeq);
      if (answer.isTooMuch === true) {
        isTooMuch = true;
        this.start = this.position;
      }
      headSeq = answer.headSeq;
    } while (this.position < headSeq || this.overruns > overrunsBefore);
    this.goLive();
    return isTooMuch;
  }

  /** Nothing was missed, or all of it has been read: what came meanwhile, and from now on what comes. */
  goLive(): void {
    const buffered = this.buffer ?? [];
    this.buffer = null;
    for (const event of buffered) this.deliver(event);
  }

  private pass(seq: number): void {
    this.position = Math.max(this.position, seq);
    if (this.range.toSeq === null) this.given = this.position;
  }

  private deliver(live: LiveEvent): void {
    const { event, audience } = live;
    if (event.seq <= this.position) return;
    this.pass(event.seq);
    if (!isVisible(seenEventOf(event, audience), this.userId, this.range)) return;
    this.given = event.seq;
    this.outlet.event(event, live);
    // Whoever has left sees the leaving and nothing after it, even before anybody says so. The end of a former stay, caught
    // up in a later one, ends nothing.
    const isOfThisStay = event.seq > this.membership.joinedSeq;
    if (
      isOfThisStay &&
      event.type === 'member.left' &&
      event.members.some(({ userId }) => userId === this.userId)
    ) {
      this.range = { ...this.range, toSeq: event.seq };
    }
  }
}

/** Hooks may have chosen who hears an event; its sender's other sessions do in any case. */
function isHeardBy({ recipients, signal }: LiveSignal, userId: string): boolean {
  if (recipients === null || recipients.includes(userId)) return true;
  return 'senderId' in signal.payload && signal.payload.senderId === userId;
}
