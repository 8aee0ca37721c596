import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { Sweeping } from '../housekeeping/sweeping.port.js';
import { FilesStore } from '../store/files.store.js';

const interval = 60_000;

/** Deletes files that nobody completed or attached in time. Replicas share the work. */
@Injectable()
export class FilesHousekeeping extends Sweeping {
  constructor(
    private readonly files: FilesStore,
    log: Log,
  ) {
    super('files without events', interval, log);
  }

  protected portion(): Promise<number> {
    return this.files.sweep();
  }
}
