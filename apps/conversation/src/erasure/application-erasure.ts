import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { conversationsErasedAtOnce } from '#contracts/erasure.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { SessionEnds } from '../sessions/session-ends.port.js';
import {
  ApplicationErasuresStore,
  type ApplicationErasure as Erasure,
} from '../store/application-erasures.store.js';
import { PurgeStore } from '../store/purge.store.js';
import { ErasureElsewhere } from './erasure-elsewhere.js';

const interval = 1_000;
/** How often it is said that the work goes on (ms): far less than its lease lasts. */
const keepInterval = 2_000;
const conversationsAtOnce = 500;

/** Removes a portion. @returns how much that was; 0: there is nothing any more */
type Step = () => Promise<number>;

/**
 * Removes what deleted applications had, in portions, again and again until nothing is found any more. What is left says
 * how far it is, so that a replica that dies leaves nothing half-done, and two at once do no harm
 * (docs/adr/0019-deleted-applications.md).
 */
@Injectable()
export class ApplicationErasure implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;
  private keptAt = 0;

  constructor(
    private readonly erasures: ApplicationErasuresStore,
    private readonly purge: PurgeStore,
    private readonly ends: SessionEnds,
    private readonly elsewhere: ErasureElsewhere,
    private readonly log: Log,
  ) {
    this.periodic = new Periodic('deleted applications', interval, () => this.eraseAll(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async eraseAll(): Promise<void> {
    while (!this.stopping) {
      const erasure = await this.erasures.claim();
      if (erasure === null) return;
      await this.erase(erasure);
    }
  }

  private async erase({ applicationId, isSettled }: Erasure): Promise<void> {
    let removed = await this.removeContents(applicationId);
    // Nobody writes any more, and nothing was left behind: now those may go by which the rest is found.
    if (removed === 0 && isSettled) removed = await this.removeConversations(applicationId);
    // What is not done by then is done by whoever takes it on next.
    if (this.stopping) return;
    if (removed > 0 || !isSettled || (await this.erasures.isLeft(applicationId))) {
      await this.erasures.postpone(applicationId);
      return;
    }
    await this.erasures.finish(applicationId);
    this.log.info({ applicationId }, 'nothing is left of a deleted application');
  }

  private async removeContents(applicationId: string): Promise<number> {
    const { erasures } = this;
    const steps: Readonly<Record<string, Step>> = {
      'open sessions': () => this.ends.endOfApplication(applicationId),
      'what other apps have': () => this.elsewhere.erase(applicationId, []),
      'living conversations': () => erasures.endConversations(applicationId),
      'contents of conversations': this.contentsOf(applicationId),
      'closed sessions': () => erasures.deleteSessions(applicationId),
      files: () => erasures.deleteFiles(applicationId),
      'users and everything else': () => erasures.deleteOwned(applicationId),
    };
    let sum = 0;
    for (const [what, step] of Object.entries(steps)) sum += await this.all(applicationId, what, step);
    return sum;
  }

  /** Conversation by conversation. */
  private contentsOf(applicationId: string): Step {
    let after = 0;
    return async () => {
      for (;;) {
        const some = await this.erasures.conversations(applicationId, after, conversationsAtOnce);
        for (const { key, number, isPurged } of some) {
          if (!isPurged && (await this.purge.purge(key))) return 1;
          after = number;
        }
        if (some.length < conversationsAtOnce || this.stopping) return 0;
      }
    };
  }

  /**
   * What events have made on their way through other apps is found by the conversations' keys, so these go last, when
   * nothing of them is on its way: their events are gone, the outbox forgets them, and all consumers have come past them.
   *
   * @returns how many there were, or 1 while something is on its way
   */
  private async removeConversations(applicationId: string): Promise<number> {
    const portion = () => this.erasures.conversations(applicationId, 0, conversationsErasedAtOnce);
    if ((await portion()).length === 0) return 0;
    let position: bigint | null = 0n;
    const entries = await this.all(applicationId, 'entries of the outbox', async () => {
      for (;;) {
        if (position === null || this.stopping) return 0;
        const stretch = await this.erasures.deleteEntries(applicationId, position);
        position = stretch.upTo;
        if (stretch.removed > 0) return stretch.removed;
        await this.keep(applicationId);
      }
    });
    if (entries > 0 || !(await this.elsewhere.haveConsumed())) return 1;
    return this.all(applicationId, 'conversations', async () => {
      const keys = (await portion()).map(({ key }) => key);
      if (keys.length === 0) return 0;
      await this.all(applicationId, 'work of other apps', () => this.elsewhere.erase(applicationId, keys));
      if (!this.stopping) await this.erasures.deleteConversations(keys);
      return keys.length;
    });
  }

  /** Repeats a step until it finds nothing. @returns how much it has removed */
  private async all(applicationId: string, what: string, step: Step): Promise<number> {
    let sum = 0;
    while (!this.stopping) {
      const removed = await step();
      if (removed === 0) break;
      sum += removed;
      await this.keep(applicationId);
    }
    if (sum > 0)
      this.log.info({ applicationId, what, removed: sum }, 'a deleted application is being removed');
    return sum;
  }

  private async keep(applicationId: string): Promise<void> {
    if (performance.now() - this.keptAt < keepInterval) return;
    this.keptAt = performance.now();
    await this.erasures.keep(applicationId);
  }
}
