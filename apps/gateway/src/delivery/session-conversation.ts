import type { TimelineEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { readTimeline, type LiveEvent, type MembershipView } from '#contracts/sessions.js';
import { isVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import type { Bus } from '#platform/bus/bus.js';
import type { FeedListener } from './conversation-feed.js';

const readAtOnce = 200;

/**
 * One conversation as one session sees it: catching up (live events wait in a buffer while the database is read), then
 * live. Everything passes `deliver`, which lets through each visible event once, in order.
 */
export class SessionConversation implements FeedListener {
  private buffer: LiveEvent[] | null = [];
  private range: VisibleRange;

  constructor(
    readonly membership: MembershipView,
    private readonly userId: string,
    private position: number,
    private readonly emit: (event: TimelineEvent) => void,
  ) {
    this.range = { fromSeq: membership.fromSeq, toSeq: membership.toSeq };
  }

  get isCatchingUp(): boolean {
    return this.buffer !== null;
  }

  hear(event: LiveEvent): void {
    if (this.buffer === null) this.deliver(event);
    else this.buffer.push(event);
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

  /** More than the limit is not caught up event by event. */
  get isTooFarBehind(): boolean {
    return this.endSeq - this.position > limits.resumeEvents;
  }

  /** Gives up on what was missed until now. */
  skipToEnd(): void {
    this.position = Math.max(this.position, this.endSeq);
  }

  /**
   * Reads and delivers everything after the position, then what came meanwhile.
   *
   * @throws HooklineError when the conversation app does not answer
   */
  async catchUp(bus: Bus): Promise<void> {
    this.buffer ??= [];
    let headSeq = Math.max(this.membership.headSeq, this.position + 1);
    while (this.position < headSeq) {
      const { conversationKey } = this.membership;
      const answer = await bus.ask(readTimeline, {
        conversationKey,
        userId: this.userId,
        afterSeq: this.position,
        limit: readAtOnce,
      });
      for (const event of answer.events) this.deliver(event);
      this.position = Math.max(this.position, answer.readSeq);
      headSeq = answer.headSeq;
    }
    this.goLive();
  }

  /** Nothing was missed, or all of it has been read: what came meanwhile, and from now on what comes. */
  goLive(): void {
    const buffered = this.buffer ?? [];
    this.buffer = null;
    for (const event of buffered) this.deliver(event);
  }

  private deliver({ event, audience }: LiveEvent): void {
    if (event.seq <= this.position) return;
    this.position = event.seq;
    if (!isVisible({ seq: event.seq, senderId: event.senderId, audience }, this.userId, this.range)) return;
    this.emit(event);
    // Whoever has left sees the leaving and nothing after it, even before anybody says so.
    if (event.type === 'member.left' && event.members.some(({ userId }) => userId === this.userId)) {
      this.range = { ...this.range, toSeq: event.seq };
    }
  }
}
