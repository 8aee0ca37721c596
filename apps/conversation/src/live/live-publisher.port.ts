import { Injectable } from '@nestjs/common';
import { applicationSubject, type ApplicationNotice } from '#contracts/broadcasts.js';
import type { LiveSignal } from '#contracts/ephemeral.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import {
  conversationSubject,
  userSubject,
  type LiveEvent,
  type MembershipView,
  type UserNotice,
} from '#contracts/sessions.js';
import { presenceSubject } from '#contracts/presence.js';
import type { SessionEnding } from '#contracts/session-ends.js';
import { outboxNudge, type StreamEvent } from '#contracts/stream.js';
import { tokensRevokedSubject } from '#contracts/tokens.js';
import { deliverAside, deliverTransient, type Aside } from '#contracts/webhooks/transient.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';

/**
 * Tells the gateways what was committed, and webhooks what is stored nowhere. Nothing here can be relied upon: gateways repair
 * from the database what they miss, the outbox is polled, and what is stored nowhere may be lost.
 */
@Injectable()
export class LivePublisher {
  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /** Events of any conversations, in the order of seq within each. */
  events(events: readonly LiveEvent[]): void {
    const batches = Map.groupBy(events, (event) => event.conversationKey);
    for (const [key, batch] of batches) {
      for (const portion of portions(batch)) this.publish(conversationSubject(key), liveBatchText(portion));
    }
    if (events.length > 0) this.publish(outboxNudge, '{}');
  }

  /** Watermarks that have advanced. Whoever misses it learns of them when it asks for the receipts. */
  receipts(conversationKey: bigint, receipts: ReceiptUpdate): void {
    this.publish(conversationSubject(String(conversationKey)), JSON.stringify({ events: [], receipts }));
  }

  /** What is stored nowhere: whoever misses it has missed it. */
  signal(conversationKey: bigint, signal: LiveSignal): void {
    this.publish(conversationSubject(String(conversationKey)), JSON.stringify({ events: [], signal }));
  }

  /** An event for users who are listed without being members. */
  toOutsiders(applicationId: string, userIds: readonly string[], event: TimelineEvent): void {
    for (const userId of userIds) this.notice(applicationId, userId, { kind: 'event', event });
  }

  /** To all users of an application who are connected. */
  toApplication(applicationId: string, notice: ApplicationNotice): void {
    this.publish(applicationSubject(applicationId), JSON.stringify(notice));
  }

  /** What a service says to these users, stored nowhere: to all their sessions, subscribed or not. */
  signalTo(applicationId: string, userIds: readonly string[], signal: LiveSignal): void {
    for (const userId of userIds) this.notice(applicationId, userId, { kind: 'signal', signal });
  }

  /** To the webhooks that get what users say to services without its being stored. */
  toServiceWebhooks(said: StreamEvent): void {
    this.bus.ask(deliverTransient, { said }).catch((error: unknown) => {
      this.log.warn({ reason: String(error) }, 'a transient message was lost to webhooks');
    });
  }

  /** To the webhooks of Vonage's format. */
  toVonageWebhooks(aside: Aside): void {
    this.bus.ask(deliverAside, aside).catch((error: unknown) => {
      this.log.warn({ reason: String(error) }, 'what is in no timeline was lost to webhooks');
    });
  }

  membership(applicationId: string, userId: string, listVersion: number, membership: MembershipView): void {
    this.notice(applicationId, userId, { kind: 'membership', listVersion, membership });
  }

  /** To somebody who was in a conversation: it does not exist any more. */
  deleted(
    { applicationId, id, key }: { readonly applicationId: string; readonly id: string; readonly key: bigint },
    userId: string,
    listVersion: number,
  ): void {
    const conversation = { conversationKey: String(key), conversationId: id };
    this.notice(applicationId, userId, { kind: 'deleted', listVersion, ...conversation });
  }

  /** To somebody who is in a room no more. */
  leftRoom(
    { applicationId, id, key }: { readonly applicationId: string; readonly id: string; readonly key: bigint },
    userId: string,
    listVersion: number,
  ): void {
    const room = { conversationKey: String(key), conversationId: id };
    this.notice(applicationId, userId, { kind: 'left_room', listVersion, ...room });
  }

  /** Sessions of one user, few as those are. */
  sessionsEnded(applicationId: string, userId: string, endings: SessionEnding[]): void {
    this.notice(applicationId, userId, { kind: 'sessions_ended', endings });
  }

  /** To the gateway of this session. @param expiresAt of its new token (ms since the epoch) */
  sessionRefreshed(applicationId: string, userId: string, sessionId: string, expiresAt: number): void {
    this.notice(applicationId, userId, { kind: 'session_refreshed', sessionId, expiresAt });
  }

  /** A session of this user was opened or closed; what that means is for those to ask who want to know. */
  presence(applicationId: string, userId: string): void {
    this.publish(presenceSubject(applicationId, userId), '{}');
  }

  tokensRevoked(applicationId: string, userId: string): void {
    this.publish(tokensRevokedSubject, JSON.stringify({ applicationId, userId }));
  }

  private notice(applicationId: string, userId: string, notice: UserNotice): void {
    this.publish(userSubject(applicationId, userId), JSON.stringify(notice));
  }

  /** What is told is committed already: that it cannot be told must not look like a failure. */
  private publish(subject: string, json: string): void {
    try {
      this.bus.publishText(subject, json);
    } catch (error) {
      this.log.warn({ subject, reason: String(error) }, 'live events could not be published');
    }
  }
}

/** Events of one message at most, and how much text: far below the server's limit for a payload. */
const eventsAtOnce = 50;
const bytesAtOnce = 256 * 1024;

/** Encoded events in groups that fit into one message each. */
function portions(events: readonly LiveEvent[]): string[][] {
  const result: string[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const text = JSON.stringify(event);
    const size = Buffer.byteLength(text);
    const last = result.at(-1);
    if (last === undefined || last.length >= eventsAtOnce || bytes + size > bytesAtOnce) {
      result.push([text]);
      bytes = size;
    } else {
      last.push(text);
      bytes += size;
    }
  }
  return result;
}

/** A `liveBatch` of events that are encoded already. */
function liveBatchText(events: readonly string[]): string {
  return `{"events":[${events.join(',')}]}`;
}
