import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { findAbsentFromBroadcast } from '#contracts/presence.js';
import { Bus } from '#platform/bus/bus.js';
import type { JobOutcome } from '#platform/durable/job-worker.js';
import { LogProvider } from '../provider/log/log-provider.port.js';
import { WalksStore } from '../store/walks.store.js';
import type { WalkJob } from './absence-job.js';

type Portion = z.output<typeof findAbsentFromBroadcast.answer>;

const usersAtOnce = 1_000;
/** A run has to end well before its lease does (ms); another one goes on. */
const longestRun = 5_000;

/**
 * Notifies all users of an application of a broadcast who are absent, portion by portion. Each is written down when it was
 * sent; whoever dies before that sends it again, and the provider knows whom it has notified of what.
 */
@Injectable()
export class NotifyAll {
  constructor(
    private readonly bus: Bus,
    private readonly provider: LogProvider,
    private readonly walks: WalksStore,
  ) {}

  /** @throws when conversation does not answer: the job is repeated */
  async run(eventId: string, { applicationId, conversationId, content }: WalkJob): Promise<JobOutcome> {
    const begun = performance.now();
    let after: number | null = await this.walks.position(eventId);
    while (after !== null) {
      if (performance.now() - begun > longestRun)
        return { kind: 'postponed', error: 'it goes on at once', delay: 0 };
      const { userIds, next }: Portion = await this.bus.ask(findAbsentFromBroadcast, {
        ...{ applicationId, eventId, after },
        limit: usersAtOnce,
      });
      const of = { applicationId, conversationId, eventId, content, expiresAt: null };
      if (userIds.length > 0)
        await this.provider.send(
          eventId,
          userIds.map((userId) => ({ ...of, userId })),
        );
      if (next !== null) await this.walks.advance(eventId, applicationId, next);
      after = next;
    }
    await this.walks.end(eventId);
    return { kind: 'done' };
  }
}
