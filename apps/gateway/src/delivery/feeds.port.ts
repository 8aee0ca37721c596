import { Injectable } from '@nestjs/common';
import { compareHeads, conversationSubject, liveBatch, readTimeline } from '#contracts/sessions.js';
import { ConversationFeed, type FeedListener } from './conversation-feed.js';
import { portions, RepairedFeeds } from './repaired-feeds.js';

/** A user of a connected session, as the sweep compares it. */
export interface SweptUser {
  readonly applicationId: string;
  readonly userId: string;
  readonly listVersion: number;
}

/** Knows whose conversation lists to compare, and what to do about a stale one. */
export interface SweptSessions {
  users(): readonly SweptUser[];
  refresh(applicationId: string, userId: string): void;
}

const readAtOnce = 200;

/** The conversations that this gateway's clients are in, and with their heads the lists of conversations of those clients. */
@Injectable()
export class Feeds extends RepairedFeeds<FeedListener, ConversationFeed> {
  private sessions: SweptSessions | undefined;

  /** The sessions whose users are compared along with the heads. */
  sweepSessions(sessions: SweptSessions): void {
    this.sessions = sessions;
  }

  /** See `attachAll`. @throws HooklineError when the conversation app does not answer; nothing stays attached then */
  attach(
    listeners: readonly { readonly conversationKey: string; readonly listener: FeedListener }[],
  ): Promise<void> {
    return this.attachAll(listeners.map(({ conversationKey, listener }) => [conversationKey, listener]));
  }

  protected subject(conversationKey: string): string {
    return conversationSubject(conversationKey);
  }

  protected create(conversationKey: string, headSeq: number): ConversationFeed {
    return new ConversationFeed(conversationKey, headSeq);
  }

  protected async heads(conversationKeys: readonly string[]): Promise<readonly [string, number][]> {
    const { heads } = await this.bus.ask(compareHeads, {
      conversationKeys: [...conversationKeys],
      users: [],
    });
    return heads;
  }

  protected hear(feed: ConversationFeed, payload: unknown): void {
    const { events, receipts, signal } = liveBatch.parse(payload);
    if (signal !== undefined) feed.hearSignal(signal);
    if (receipts !== undefined) feed.hearReceipts(receipts);
    feed.receive(events);
  }

  protected async readOn(feed: ConversationFeed): Promise<number> {
    const { events, readSeq, headSeq } = await this.bus.ask(readTimeline, {
      conversationKey: feed.key,
      userId: null,
      afterSeq: feed.position,
      limit: readAtOnce,
    });
    // A feed sees everything that there is: what lies before one of them has been deleted, or has expired.
    for (const event of events) {
      feed.pass(event.event.seq - 1);
      feed.receive([event]);
    }
    feed.pass(readSeq);
    return headSeq;
  }

  protected override async sweepMore(): Promise<void> {
    for (const users of portions(this.sessions?.users() ?? [])) {
      const { staleUsers } = await this.bus.ask(compareHeads, { conversationKeys: [], users });
      for (const { applicationId, userId } of staleUsers) this.sessions?.refresh(applicationId, userId);
    }
  }
}
