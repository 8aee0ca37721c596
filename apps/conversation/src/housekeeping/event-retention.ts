import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { RetentionStore } from '../store/retention.store.js';
import { Sweeping } from './sweeping.port.js';

const interval = 60_000;

/** Deletes events that are older than their application keeps them (`eventRetentionDays`). Replicas share the work. */
@Injectable()
export class EventRetention extends Sweeping {
  constructor(
    private readonly retention: RetentionStore,
    log: Log,
  ) {
    super('event retention', interval, log);
  }

  protected portion(): Promise<number> {
    return this.retention.sweep();
  }
}
