import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { BlocksStore } from '../store/blocks.store.js';
import { Sweeping } from './sweeping.port.js';

const interval = 60_000;

/** Deletes blocks that are over: they do not count any more as soon as they are. */
@Injectable()
export class BlockExpiry extends Sweeping {
  constructor(
    private readonly blocks: BlocksStore,
    log: Log,
  ) {
    super('blocks that are over', interval, log);
  }

  protected portion(): Promise<number> {
    return this.blocks.sweep();
  }
}
