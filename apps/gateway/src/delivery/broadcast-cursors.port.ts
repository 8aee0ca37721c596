import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { z } from 'zod';
import { broadcastsGiven } from '#contracts/broadcasts.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { portions } from './repaired-feeds.js';

type Given = z.output<typeof broadcastsGiven.question>['given'][number];

/** How long sessions that end about the same time are waited for (ms): thousands do when a line is lost. */
const patience = 100;
/** Until what could not be told is told again (ms). */
const pause = 2_000;

/**
 * Tells up to which broadcast users were given all, once for many of them. What is lost here with the process is told by
 * nobody: those users are given some broadcasts again.
 */
@Injectable()
export class BroadcastCursors implements BeforeApplicationShutdown {
  /** By application and user. */
  private waiting = new Map<string, Given>();
  private timer: NodeJS.Timeout | null = null;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  move(given: Given): void {
    this.add(given);
    this.schedule(patience);
  }

  /** Resolves when everything that waits has been told, or could not be. */
  async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.telling = this.telling.then(() => this.tell());
    await this.telling;
  }

  private add(given: Given): void {
    const key = `${given.applicationId}:${given.userId}`;
    const known = this.waiting.get(key);
    if (known === undefined || known.number < given.number) this.waiting.set(key, given);
  }

  private schedule(delay: number): void {
    this.timer ??= setTimeout(() => void this.flush(), delay);
  }

  private async tell(): Promise<void> {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const given of portions(all)) {
      try {
        await this.bus.ask(broadcastsGiven, { given });
      } catch (error) {
        this.log.warn({ reason: String(error) }, 'it could not be told who was given which broadcasts');
        for (const one of given) this.add(one);
        this.schedule(pause);
      }
    }
  }
}
