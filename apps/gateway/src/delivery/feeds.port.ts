import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from '@nats-io/transport-node';
import { compareHeads, conversationSubject, liveBatch, readTimeline } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import { ConversationFeed, type FeedListener } from './conversation-feed.js';

interface OpenFeed {
  readonly feed: ConversationFeed;
  readonly subscription: Subscription;
  repair: Promise<void> | null;
  gapTimer: NodeJS.Timeout | null;
}

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

/** A gap is usually an event on its way from another replica; only then is the database asked (ms). */
const gapPatience = 100;
/** A crash between commit and publish delays an event at most this long (ms). */
const sweepInterval = 2_000;
/** Conversations or users of one question: with the longest ids it stays below the limit of a payload. */
const comparedAtOnce = 1_000;
const readAtOnce = 200;

/**
 * The conversations that this gateway's clients are in: one NATS subscription each, shared by all sessions. Compares heads
 * every 2 s and after every reconnect, so that whatever was not published or not heard still arrives.
 */
@Injectable()
export class Feeds implements OnModuleInit, BeforeApplicationShutdown {
  private readonly open = new Map<string, OpenFeed>();
  private readonly opening = new Map<string, Promise<void>>();
  private sweeping: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private sessions: SweptSessions | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly nats: NatsConnection,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.sweep();
    }, sweepInterval);
    this.nats.onReconnect(() => {
      this.sweep();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** The sessions whose users are compared along with the heads. */
  sweepSessions(sessions: SweptSessions): void {
    this.sessions = sessions;
  }

  /**
   * From the moment this resolves, the listeners hear every event stored after it (and perhaps some before).
   *
   * @throws HooklineError when the conversation app does not answer; nothing stays attached then
   */
  async attach(
    listeners: readonly { readonly conversationKey: string; readonly listener: FeedListener }[],
  ): Promise<void> {
    const keys = [...new Set(listeners.map(({ conversationKey }) => conversationKey))];
    // A feed that was open may be closed by its last listener while another is being opened: look again.
    for (let missing = this.closed(keys); missing.length > 0; missing = this.closed(keys)) {
      const unopened = missing.filter((key) => !this.opening.has(key));
      if (unopened.length > 0) {
        const opened = this.openFeeds(unopened);
        // Whoever waits for it hears of a failure; that nobody waits any more must not end the process.
        opened.catch(() => undefined);
        for (const key of unopened) this.opening.set(key, opened);
      }
      await Promise.all(missing.map(async (key) => this.opening.get(key)));
    }
    for (const { conversationKey, listener } of listeners) {
      this.open.get(conversationKey)?.feed.listeners.add(listener);
    }
  }

  /** How far an attached conversation's feed has come: everything after it will be heard. */
  position(conversationKey: string): number {
    return this.open.get(conversationKey)?.feed.position ?? 0;
  }

  private closed(keys: readonly string[]): string[] {
    return keys.filter((key) => !this.open.has(key));
  }

  detach(conversationKey: string, listener: FeedListener): void {
    const entry = this.open.get(conversationKey);
    if (entry === undefined) return;
    entry.feed.listeners.delete(listener);
    if (entry.feed.listeners.size > 0) return;
    entry.subscription.unsubscribe();
    if (entry.gapTimer !== null) clearTimeout(entry.gapTimer);
    this.open.delete(conversationKey);
  }

  private async openFeeds(keys: readonly string[]): Promise<void> {
    const early = new Map<string, unknown[]>(keys.map((key) => [key, []]));
    const subscriptions = keys.map((key) =>
      this.bus.subscribe(conversationSubject(key), (payload) => {
        const entry = this.open.get(key);
        if (entry === undefined) early.get(key)?.push(payload);
        else this.receive(entry, payload);
      }),
    );
    try {
      // The server has the subscriptions before the heads are read: nothing falls in between.
      await this.bus.flush();
      const heads = new Map<string, number>();
      for (const portion of portions(keys)) {
        const answer = await this.bus.ask(compareHeads, { conversationKeys: portion, users: [] });
        for (const [key, seq] of answer.heads) heads.set(key, seq);
      }
      for (const [index, key] of keys.entries()) {
        const subscription = subscriptions[index];
        if (subscription === undefined) continue;
        const entry: OpenFeed = {
          feed: new ConversationFeed(key, heads.get(key) ?? 0),
          subscription,
          repair: null,
          gapTimer: null,
        };
        this.open.set(key, entry);
        for (const payload of early.get(key) ?? []) this.receive(entry, payload);
      }
    } catch (error) {
      for (const subscription of subscriptions) subscription.unsubscribe();
      throw error;
    } finally {
      for (const key of keys) this.opening.delete(key);
    }
  }

  private receive(entry: OpenFeed, payload: unknown): void {
    const { events, receipts, signal } = liveBatch.parse(payload);
    if (signal !== undefined) entry.feed.hearSignal(signal);
    if (receipts !== undefined) entry.feed.hearReceipts(receipts);
    entry.feed.receive(events);
    if (!entry.feed.hasGap || entry.gapTimer !== null) return;
    entry.gapTimer = setTimeout(() => {
      entry.gapTimer = null;
      if (entry.feed.hasGap) this.repair(entry);
    }, gapPatience);
  }

  private repair(entry: OpenFeed): void {
    entry.repair ??= this.readMissing(entry.feed)
      .catch((error: unknown) => {
        this.log.warn({ reason: String(error) }, 'a gap could not be repaired yet');
      })
      .finally(() => {
        entry.repair = null;
      });
  }

  private async readMissing(feed: ConversationFeed): Promise<void> {
    let isBehind = true;
    while (isBehind && feed.listeners.size > 0) {
      const before = feed.position;
      const { events, readSeq, headSeq } = await this.bus.ask(readTimeline, {
        conversationKey: feed.conversationKey,
        userId: null,
        afterSeq: before,
        limit: readAtOnce,
      });
      // A feed sees everything that there is: what lies before one of them has been deleted, or has expired.
      for (const event of events) {
        feed.pass(event.event.seq - 1);
        feed.receive([event]);
      }
      feed.pass(readSeq);
      isBehind = feed.position > before && feed.position < headSeq;
    }
  }

  private sweep(): void {
    this.sweeping ??= this.compare()
      .catch((error: unknown) => {
        this.log.warn({ reason: String(error) }, 'heads could not be compared');
      })
      .finally(() => {
        this.sweeping = null;
      });
  }

  private async compare(): Promise<void> {
    for (const conversationKeys of portions([...this.open.keys()])) {
      const { heads } = await this.bus.ask(compareHeads, { conversationKeys, users: [] });
      for (const [key, seq] of heads) {
        const entry = this.open.get(key);
        if (entry !== undefined && seq > entry.feed.position) this.repair(entry);
      }
    }
    for (const users of portions(this.sessions?.users() ?? [])) {
      const { staleUsers } = await this.bus.ask(compareHeads, { conversationKeys: [], users });
      for (const { applicationId, userId } of staleUsers) this.sessions?.refresh(applicationId, userId);
    }
  }
}

function portions<Item>(items: readonly Item[]): Item[][] {
  const result: Item[][] = [];
  for (let start = 0; start < items.length; start += comparedAtOnce)
    result.push(items.slice(start, start + comparedAtOnce));
  return result;
}
