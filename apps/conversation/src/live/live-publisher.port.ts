import { Injectable } from '@nestjs/common';
import type { TimelineEvent } from '#contracts/event.js';
import {
  conversationSubject,
  userSubject,
  type LiveEvent,
  type MembershipView,
  type UserNotice,
} from '#contracts/sessions.js';
import { outboxNudge } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';

/**
 * Tells the gateways what was committed. Nothing here can be relied upon: gateways repair from the database what they
 * miss, and the outbox is polled.
 */
@Injectable()
export class LivePublisher {
  constructor(private readonly bus: Bus) {}

  /** Events of any conversations, in the order of seq within each. */
  events(events: readonly LiveEvent[]): void {
    const batches = Map.groupBy(events, (event) => event.conversationKey);
    for (const [key, batch] of batches) this.bus.publish(conversationSubject(key), { events: batch });
    if (events.length > 0) this.bus.publish(outboxNudge, {});
  }

  /** An event for users who are listed without being members. */
  toOutsiders(applicationId: string, userIds: readonly string[], event: TimelineEvent): void {
    for (const userId of userIds) this.notice(applicationId, userId, { kind: 'event', event });
  }

  membership(applicationId: string, userId: string, listVersion: number, membership: MembershipView): void {
    this.notice(applicationId, userId, { kind: 'membership', listVersion, membership });
  }

  private notice(applicationId: string, userId: string, notice: UserNotice): void {
    this.bus.publish(userSubject(applicationId, userId), notice);
  }
}
