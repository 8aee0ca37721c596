import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { notifyMissed, type MissedEvent } from '#contracts/push.js';
import { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { MissedStore, type VoidLease, type WeighedEvent } from '../store/missed.store.js';

const interval = 1_000;
/** Numbers of the outbox that are looked through at once. */
const portionSize = 500n;
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
      const isDone = !lease.hasLostSessions || (await this.notify(lease));
      if (isDone) await this.missed.settle(lease.incarnation);
    }
  }

  /** @returns false when this replica stops before the end; another one goes on then */
  private async notify({ incarnation, after, upTo }: VoidLease): Promise<boolean> {
    let from = after;
    while (from < upTo && !this.stopping) {
      const end = from + portionSize < upTo ? from + portionSize : upTo;
      const events = await this.missed.between(incarnation, from, end);
      for (const missed of questions(events)) await this.bus.ask(notifyMissed, { missed });
      await this.missed.advance(incarnation, end);
      from = end;
    }
    return from >= upTo;
  }
}

function questions(events: readonly WeighedEvent[]): MissedEvent[][] {
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
