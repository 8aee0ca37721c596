import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { Sweeping } from '../housekeeping/sweeping.port.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { UnlistingStore } from '../store/unlisting.store.js';

/** How long (ms) what a replica that died has left to others waits for them at most. */
const interval = 2_000;

/**
 * Deleted services leave their subscribers' lists, portion by portion, and connected clients are told. What is lost of that,
 * gateways notice by the versions of the lists.
 */
@Injectable()
export class ServiceUnlisting extends Sweeping {
  constructor(
    private readonly unlisting: UnlistingStore,
    private readonly live: LivePublisher,
    log: Log,
  ) {
    super('lists with deleted services', interval, log);
  }

  protected async portion(): Promise<number> {
    const unlisted = await this.unlisting.unlist();
    if (unlisted === null) return 0;
    const { conversation, listVersions } = unlisted;
    for (const [userId, listVersion] of listVersions) this.live.deleted(conversation, userId, listVersion);
    return 1;
  }
}
