import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from '@nats-io/transport-node';
import { comparedUsers, comparePresence, presenceSubject, readPresence } from '#contracts/presence.js';
import type { UserPresence } from '#contracts/presence.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { PresenceWatcher, type PresenceViewer } from './presence-watcher.js';

export type { PresenceWatcher };

/** Notices of one moment are answered together (ms). */
const gathering = 50;
/** A change whose notice was lost is told this late at most (ms). */
const comparisonInterval = 4_000;
/** So long (ms) goes on who may not see a user any more, at most. */
const sightInterval = 30_000;

interface Watched {
  readonly applicationId: string;
  readonly userId: string;
  readonly watchers: Set<PresenceWatcher>;
  readonly subscription: Subscription;
}

/** The users whose presence this gateway's clients subscribe to: one NATS subscription each, shared by all. */
@Injectable()
export class PresenceWatch implements OnModuleInit, BeforeApplicationShutdown {
  private readonly watched = new Map<string, Watched>();
  private readonly watchers = new Set<PresenceWatcher>();
  /** Of whom something was heard, and who has not been asked for since. */
  private readonly stale = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly tasks: readonly Periodic[];

  constructor(
    private readonly bus: Bus,
    private readonly nats: NatsConnection,
    private readonly log: Log,
  ) {
    this.tasks = [
      new Periodic('presence', comparisonInterval, () => this.compare([...this.watched.values()]), log),
      new Periodic('sight of presences', sightInterval, () => this.lookAgain(), log),
    ];
  }

  onModuleInit(): void {
    for (const task of this.tasks) task.start();
    this.nats.onReconnect(() => {
      for (const key of this.watched.keys()) this.hear(key);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  /** For one client; `close` it with its connection. @param tell what the client hears */
  watcher(viewer: PresenceViewer, tell: (presence: UserPresence) => void): PresenceWatcher {
    return new PresenceWatcher(viewer, tell, this);
  }

  /** From the moment this resolves, every change of these users is heard of. */
  async attach(watcher: PresenceWatcher, userIds: readonly string[]): Promise<void> {
    this.watchers.add(watcher);
    const { applicationId } = watcher.viewer;
    for (const userId of userIds) {
      const key = keyOf({ applicationId, userId });
      const known = this.watched.get(key);
      if (known !== undefined) {
        known.watchers.add(watcher);
        continue;
      }
      const subscription = this.bus.subscribe(presenceSubject(applicationId, userId), () => {
        this.hear(key);
      });
      this.watched.set(key, { applicationId, userId, subscription, watchers: new Set([watcher]) });
    }
    await this.bus.flush();
  }

  detach(watcher: PresenceWatcher, userIds: readonly string[]): void {
    const { applicationId } = watcher.viewer;
    for (const userId of userIds) {
      const key = keyOf({ applicationId, userId });
      const entry = this.watched.get(key);
      if (entry === undefined) continue;
      entry.watchers.delete(watcher);
      if (entry.watchers.size > 0) continue;
      entry.subscription.unsubscribe();
      this.watched.delete(key);
    }
    if (watcher.isIdle) this.watchers.delete(watcher);
  }

  /** How it is with those of these users whom the viewer may see. */
  async look({ applicationId, userId }: PresenceViewer, userIds: readonly string[]): Promise<UserPresence[]> {
    const question = { applicationId, actor: { kind: 'user' as const, userId }, userIds: [...userIds] };
    return (await this.bus.ask(readPresence, question)).presences;
  }

  private hear(key: string): void {
    this.stale.add(key);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const entries = [...this.stale].flatMap((stale) => this.watched.get(stale) ?? []);
      this.stale.clear();
      this.compare(entries).catch((error: unknown) => {
        this.log.warn({ reason: String(error) }, 'a change of presence could not be asked for yet');
      });
    }, gathering);
  }

  private async compare(entries: readonly Watched[]): Promise<void> {
    for (let start = 0; start < entries.length; start += comparedUsers) {
      const portion = entries.slice(start, start + comparedUsers);
      const users = portion.map(({ applicationId, userId }) => ({ applicationId, userId }));
      const { online, timestamp } = await this.bus.ask(comparePresence, { users });
      const present = new Set(online.map(keyOf));
      for (const entry of portion) {
        const { userId } = entry;
        const status = present.has(keyOf(entry)) ? 'online' : 'offline';
        for (const watcher of entry.watchers) watcher.hear({ userId, status, timestamp });
      }
    }
  }

  private async lookAgain(): Promise<void> {
    for (const watcher of [...this.watchers]) await watcher.lookAgain();
  }
}

/** Ids of applications have no ':'. */
function keyOf({
  applicationId,
  userId,
}: {
  readonly applicationId: string;
  readonly userId: string;
}): string {
  return `${applicationId}:${userId}`;
}
