import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { BroadcastCursorsStore } from '../store/broadcast-cursors.store.js';
import { LeasesStore } from '../store/leases.store.js';
import { SessionsStore } from '../store/sessions.store.js';

/** A dead gateway's clients are known as gone this much (ms) after its lease is void, at most. */
const interval = 1_000;

/** Finds the leases that are void, and closes the sessions under them. Any number of replicas may do it at once. */
@Injectable()
export class LeaseReaper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;

  constructor(
    private readonly leases: LeasesStore,
    private readonly sessions: SessionsStore,
    private readonly broadcasts: BroadcastCursorsStore,
    private readonly live: LivePublisher,
    private readonly log: Log,
  ) {
    this.periodic = new Periodic('lease reaper', interval, () => this.reap(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  private async reap(): Promise<void> {
    const count = await this.leases.voidOverdue();
    if (count > 0) this.log.info({ count }, 'leases of gateways are void');
    // Also what a replica that died in the middle has left.
    for (const incarnation of await this.leases.unsettled()) {
      for (let lost = await this.sessions.closeLost(incarnation); lost.length > 0;) {
        for (const { applicationId, userId } of lost) this.live.presence(applicationId, userId);
        // Whoever dies before this leaves users with some broadcasts that they are given again.
        await this.broadcasts.giveLost(incarnation, lost);
        lost = await this.sessions.closeLost(incarnation);
      }
    }
  }
}
