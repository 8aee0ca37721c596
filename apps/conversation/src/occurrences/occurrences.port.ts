import { Injectable } from '@nestjs/common';
import { occurrenceNudge } from '#contracts/occurrences.js';
import { Bus } from '#platform/bus/bus.js';
import type { Transaction } from '#platform/database/database.js';
import { Log } from '#platform/log.js';
import { HookRegistry } from '../hooks/hook-registry.port.js';
import { OccurrencesStore, type NewOccurrence } from '../store/occurrences.store.js';

interface Concerned {
  readonly applicationId: string;
  readonly key: bigint;
}

/** Writes down what after-hooks are to be told of conversations, in the transaction in which it happens. */
@Injectable()
export class Occurrences {
  private readonly written = new WeakSet<Transaction>();

  constructor(
    private readonly registry: HookRegistry,
    private readonly occurrences: OccurrencesStore,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /**
   * Under the lock of the conversation's head, so that hooks hear in the order in which it happened. Without a hook of that
   * name it costs nothing; when that cannot be known it is written anyway, and whoever takes it over finds out.
   */
  async record(transaction: Transaction, conversation: Concerned, happened: NewOccurrence): Promise<void> {
    if (!this.registry.mayHave(conversation.applicationId, happened.hook)) return;
    await this.occurrences.insert(transaction, conversation.key, happened);
    this.written.add(transaction);
  }

  /** Whether such hooks may want to hear it: for what has to be found out for them alone. */
  concern({ applicationId }: Pick<Concerned, 'applicationId'>, hook: NewOccurrence['hook']): boolean {
    return this.registry.mayHave(applicationId, hook);
  }

  /** After the commit. */
  committed(transaction: Transaction): void {
    if (!this.written.has(transaction)) return;
    try {
      this.bus.publish(occurrenceNudge, {});
    } catch (error) {
      // It is asked for every second.
      this.log.warn({ reason: String(error) }, 'an occurrence could not be announced');
    }
  }
}
