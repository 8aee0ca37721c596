import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { OccurrencesStore } from '../store/occurrences.store.js';
import { Sweeping } from './sweeping.port.js';

const interval = 60_000;

/** Deletes what after-hooks should have been told, and what hook-engine has not asked for in days. */
@Injectable()
export class ForgottenOccurrences extends Sweeping {
  constructor(
    private readonly occurrences: OccurrencesStore,
    log: Log,
  ) {
    super('occurrences that nobody asks for', interval, log);
  }

  protected portion(): Promise<number> {
    return this.occurrences.sweep();
  }
}
