import { Injectable } from '@nestjs/common';
import { Log } from '#platform/log.js';
import { MessagesStore } from '../store/messages.store.js';
import { Sweeping } from './sweeping.port.js';

/** Nobody is shown what has expired; this says how much longer its content may stand in the database (ms). */
const interval = 15_000;

/** Deletes the content of messages that have expired. Replicas share the work. */
@Injectable()
export class ExpiredMessages extends Sweeping {
  constructor(
    private readonly messages: MessagesStore,
    log: Log,
  ) {
    super('expired messages', interval, log);
  }

  protected portion(): Promise<number> {
    return this.messages.purgeExpired();
  }
}
