import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { BroadcastsStore } from '../store/broadcasts.store.js';
import { Sweeping } from './sweeping.port.js';

const interval = 60_000;

/** Forgets that messages were broadcasts once nobody is given them any more; they stay in the history. */
@Injectable()
export class ExpiredBroadcasts extends Sweeping {
  constructor(
    private readonly broadcasts: BroadcastsStore,
    log: Log,
  ) {
    super('expired broadcasts', interval, log);
  }

  protected portion(): Promise<number> {
    return this.broadcasts.sweep();
  }
}
