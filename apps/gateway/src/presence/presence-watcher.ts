import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { UserPresence } from '#contracts/presence.js';

/** Who looks. */
export interface PresenceViewer {
  readonly applicationId: string;
  readonly userId: string;
}

/** What a watcher needs of those who watch for all (`PresenceWatch`). */
interface Watching {
  attach(watcher: PresenceWatcher, userIds: readonly string[]): Promise<void>;
  detach(watcher: PresenceWatcher, userIds: readonly string[]): void;
  look(viewer: PresenceViewer, userIds: readonly string[]): Promise<UserPresence[]>;
}

/** The users whose presence one client subscribes to, and what it was told of them last. */
export class PresenceWatcher {
  /** Null: it is not known yet whether the viewer may see the user. */
  private readonly seen = new Map<string, UserPresence | null>();
  /** What was found of such a user meanwhile. */
  private readonly early = new Map<string, UserPresence>();
  /** Subscriptions of one client are worked off one after the other. */
  private turn: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(
    readonly viewer: PresenceViewer,
    private readonly tell: (presence: UserPresence) => void,
    private readonly watch: Watching,
  ) {}

  get isIdle(): boolean {
    return this.seen.size === 0;
  }

  /**
   * Tells how it is with each, and then every change. Those who are subscribed to already are not told again.
   *
   * @returns those of them whom the viewer may see; nothing is heard of the others
   * @throws HooklineError too_many_subscriptions; nothing is subscribed to then
   */
  subscribe(userIds: readonly string[]): Promise<string[]> {
    return this.inTurn(async () => {
      const added = [...new Set(userIds)].filter((userId) => !this.seen.has(userId));
      if (this.seen.size + added.length > limits.presenceSubscriptions)
        throw new HooklineError('too_many_subscriptions');
      for (const userId of added) this.seen.set(userId, null);
      try {
        await this.watch.attach(this, added);
        const visible = added.length === 0 ? [] : await this.watch.look(this.viewer, added);
        for (const presence of visible) this.show(presence);
      } finally {
        // Not to be seen, or not known to be.
        this.drop(added.filter((userId) => (this.seen.get(userId) ?? null) === null));
      }
      return [...new Set(userIds)].filter((userId) => this.seen.has(userId));
    });
  }

  unsubscribe(userIds: readonly string[]): Promise<void> {
    return this.inTurn(() => {
      this.drop(userIds);
      return Promise.resolve();
    });
  }

  /** What was found of a user who is watched; what was found earlier than what is known is passed over. */
  hear(presence: UserPresence): void {
    const known = this.seen.get(presence.userId);
    if (known === undefined) return;
    if (known === null) {
      this.early.set(presence.userId, presence);
      return;
    }
    if (presence.timestamp < known.timestamp) return;
    this.seen.set(presence.userId, presence);
    if (presence.status !== known.status) this.tell(presence);
  }

  /** Lets those go whom the viewer may not see any more. */
  lookAgain(): Promise<void> {
    return this.inTurn(async () => {
      if (this.isIdle) return;
      const userIds = [...this.seen.keys()];
      const visible = await this.watch.look(this.viewer, userIds);
      const kept = new Set(visible.map(({ userId }) => userId));
      this.drop(userIds.filter((userId) => !kept.has(userId)));
    });
  }

  /** Hears nothing any more. */
  close(): void {
    this.isClosed = true;
    this.drop([...this.seen.keys()]);
  }

  private show(presence: UserPresence): void {
    const { userId } = presence;
    if (!this.seen.has(userId)) return;
    this.seen.set(userId, presence);
    this.tell(presence);
    const early = this.early.get(userId);
    if (early !== undefined) this.hear(early);
  }

  private drop(userIds: readonly string[]): void {
    const dropped = userIds.filter((userId) => this.seen.delete(userId));
    for (const userId of userIds) this.early.delete(userId);
    this.watch.detach(this, dropped);
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.turn.then(async () => {
      if (this.isClosed) throw new HooklineError('service_unavailable', 'The session is closed');
      return work();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
