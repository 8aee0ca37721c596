import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { notifyMissed, type MissedEvent } from '#contracts/push.js';
import { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { MissedStore, type MissedPortion } from '../store/missed.store.js';

const interval = 1_000;
/** Bytes of one question, about: far below the limit of a payload. */
const questionWeight = 256 * 1024;

/**
 * Settles void leases: has those notified who seemed to be connected to a gateway that was gone. Whatever happens in
 * between, it is done again until push-notification has answered; that knows whom it has notified of what.
 */
@Injectable()
export class MissedNotifications implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly missed: MissedStore,
    private readonly bus: Bus,
    log: Log,
  ) {
    this.periodic = new Periodic('missed notifications', interval, () => this.settleAll(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async settleAll(): Promise<void> {
    while (!this.stopping) {
      const lease = await this.missed.claim();
      if (lease === null) return;
      const isDone = !lease.hasLostSessions || (await this.notify(lease.incarnation));
      if (isDone) await this.missed.settle(lease.incarnation);
    }
  }

  /** @returns false when this replica stops before the end; another one goes on then */
  private async notify(incarnation: string): Promise<boolean> {
    while (!this.stopping) {
      const { end, events } = await this.missed.next(incarnation);
      if (end === null) return true;
      for (const missed of questions(events)) await this.bus.ask(notifyMissed, { missed });
      await this.missed.advance(incarnation, end);
    }
    return false;
  }
}

function questions(events: MissedPortion['events']): MissedEvent[][] {
  const result: MissedEvent[][] = [];
  let room = 0;
  for (const { missed, weight } of events) {
    if (weight > room) {
      result.push([]);
      room = questionWeight;
    }
    result.at(-1)?.push(missed);
    room -= weight;
  }
  return result;
}
