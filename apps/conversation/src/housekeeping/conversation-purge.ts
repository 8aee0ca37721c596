import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { PurgeStore } from '../store/purge.store.js';
import { Sweeping } from './sweeping.port.js';

const interval = 60_000;

/** Deletes what deleted conversations held, portion by portion. Replicas share the work. */
@Injectable()
export class ConversationPurge extends Sweeping {
  constructor(
    private readonly purge: PurgeStore,
    log: Log,
  ) {
    super('deleted conversations', interval, log);
  }

  protected portion(): Promise<number> {
    return this.purge.sweep();
  }
}
