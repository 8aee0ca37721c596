import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { occurrenceNudge } from '#contracts/occurrences.js';
import { presenceSubjects } from '#contracts/presence.js';
import { Bus } from '#platform/bus/bus.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import { Log } from '#platform/log.js';
import { HandOver } from './hand-over.js';
import { Occurrences } from './occurrences.js';
import { SessionChanges } from './session-changes.js';

/** Takes over from the conversation app what after-hooks are to be told besides events. */
@Injectable()
export class HandOvers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly handOvers: readonly HandOver[];

  constructor(
    occurrences: Occurrences,
    sessionChanges: SessionChanges,
    pipeline: EventPipeline,
    bus: Bus,
    log: Log,
  ) {
    const nudging = (takeOver: () => Promise<boolean>) => async (): Promise<boolean> => {
      const hasTaken = await takeOver();
      if (hasTaken) pipeline.nudge();
      return hasTaken;
    };
    const happened = {
      name: 'occurrences',
      nudge: occurrenceNudge,
      round: nudging(() => occurrences.takeOver()),
    };
    const sessions = {
      name: 'sessions',
      nudge: presenceSubjects,
      round: nudging(() => sessionChanges.takeOver()),
    };
    this.handOvers = [happened, sessions].map((options) => new HandOver(options, bus, log));
  }

  onApplicationBootstrap(): void {
    for (const handOver of this.handOvers) handOver.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.handOvers.map((handOver) => handOver.stop()));
  }
}
