import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from '@nats-io/transport-node';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import type { OrderedFeed } from './ordered-feed.js';

interface OpenFeed<Feed> {
  readonly feed: Feed;
  readonly subscription: Subscription;
  repair: Promise<void> | null;
  gapTimer: NodeJS.Timeout | null;
}

/** A gap is usually something on its way from another replica; only then is the database asked (ms). */
const gapPatience = 100;
/** A crash between commit and publish delays what was committed at most this long (ms). */
const sweepInterval = 2_000;
/** Keys or users of one question: with the longest ids it stays below the limit of a payload. */
const comparedAtOnce = 1_000;

/**
 * Feeds that are open while somebody listens: one NATS subscription each, shared by all sessions of this gateway. Compares
 * heads every 2 s and after every reconnect, so that whatever was not published or not heard still arrives.
 */
@Injectable()
export abstract class RepairedFeeds<Listener, Feed extends OrderedFeed<unknown, Listener>>
  implements OnModuleInit, BeforeApplicationShutdown
{
  private readonly open = new Map<string, OpenFeed<Feed>>();
  private readonly opening = new Map<string, Promise<void>>();
  private sweeping: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    protected readonly bus: Bus,
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

  /** How far the feed of an attached listener has come: everything after it will be heard. */
  position(key: string): number {
    return this.open.get(key)?.feed.position ?? 0;
  }

  detach(key: string, listener: Listener): void {
    const entry = this.open.get(key);
    if (entry === undefined) return;
    entry.feed.listeners.delete(listener);
    if (entry.feed.listeners.size > 0) return;
    entry.subscription.unsubscribe();
    if (entry.gapTimer !== null) clearTimeout(entry.gapTimer);
    this.open.delete(key);
  }

  /**
   * From the moment this resolves, the listeners hear everything stored after it (and perhaps some before).
   *
   * @throws HooklineError when the conversation app does not answer; nothing stays attached then
   */
  protected async attachAll(listeners: readonly (readonly [string, Listener])[]): Promise<void> {
    const keys = [...new Set(listeners.map(([key]) => key))];
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
    for (const [key, listener] of listeners) this.open.get(key)?.feed.listeners.add(listener);
  }

  protected abstract subject(key: string): string;

  protected abstract create(key: string, head: number): Feed;

  /** Where these feeds end now; those that have nothing yet may be missing. */
  protected abstract heads(keys: readonly string[]): Promise<readonly (readonly [string, number])[]>;

  /** What was published on the subject. */
  protected abstract hear(feed: Feed, payload: unknown): void;

  /** Hands the feed a portion of what is stored after its position. @returns where the feed ends now */
  protected abstract readOn(feed: Feed): Promise<number>;

  /** Besides the heads. */
  protected sweepMore(): Promise<void> {
    return Promise.resolve();
  }

  private closed(keys: readonly string[]): string[] {
    return keys.filter((key) => !this.open.has(key));
  }

  private async openFeeds(keys: readonly string[]): Promise<void> {
    const early = new Map<string, unknown[]>(keys.map((key) => [key, []]));
    const subscriptions = keys.map((key) =>
      this.bus.subscribe(this.subject(key), (payload) => {
        const entry = this.open.get(key);
        if (entry === undefined) early.get(key)?.push(payload);
        else this.receive(entry, payload);
      }),
    );
    try {
      // The server has the subscriptions before the heads are read: nothing falls in between.
      await this.bus.flush();
      const heads = new Map<string, number>();
      for (const portion of portions(keys))
        for (const [key, head] of await this.heads(portion)) heads.set(key, head);
      for (const [index, key] of keys.entries()) {
        const subscription = subscriptions[index];
        if (subscription === undefined) continue;
        const feed = this.create(key, heads.get(key) ?? 0);
        const entry: OpenFeed<Feed> = { feed, subscription, repair: null, gapTimer: null };
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

  private receive(entry: OpenFeed<Feed>, payload: unknown): void {
    this.hear(entry.feed, payload);
    if (!entry.feed.hasGap || entry.gapTimer !== null) return;
    entry.gapTimer = setTimeout(() => {
      entry.gapTimer = null;
      if (entry.feed.hasGap) this.repair(entry);
    }, gapPatience);
  }

  private repair(entry: OpenFeed<Feed>): void {
    entry.repair ??= this.readMissing(entry.feed)
      .catch((error: unknown) => {
        this.log.warn({ reason: String(error) }, 'a gap could not be repaired yet');
      })
      .finally(() => {
        entry.repair = null;
      });
  }

  private async readMissing(feed: Feed): Promise<void> {
    let isBehind = true;
    while (isBehind && feed.listeners.size > 0) {
      const before = feed.position;
      const head = await this.readOn(feed);
      isBehind = feed.position > before && feed.position < head;
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
    for (const keys of portions([...this.open.keys()])) {
      for (const [key, head] of await this.heads(keys)) {
        const entry = this.open.get(key);
        if (entry !== undefined && head > entry.feed.position) this.repair(entry);
      }
    }
    await this.sweepMore();
  }
}

/** In portions that fit into a question each. */
export function portions<Item>(items: readonly Item[]): Item[][] {
  const result: Item[][] = [];
  for (let start = 0; start < items.length; start += comparedAtOnce)
    result.push(items.slice(start, start + comparedAtOnce));
  return result;
}
