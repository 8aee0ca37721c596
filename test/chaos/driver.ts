import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fleet } from './fleet.js';
import { offlineAfter } from './outages.js';
import type { Random } from './random.js';

export interface Fault {
  /** ms since the epoch. */
  readonly at: number;
  readonly name: string;
  readonly what: string;
}

interface DriverOptions {
  readonly fleet: Fleet;
  readonly random: Random;
  readonly gateways: readonly string[];
  readonly victims: readonly string[];
  /** How many of the faults are pauses, from 0 to 1. */
  readonly pauseShare: number;
  /** Where nats-server keeps its streams; sometimes lost with it. */
  readonly natsStore: string;
  readonly log: (line: string) => void;
}

const longAbsence = offlineAfter + 4_000;
const shortestPause = 800;
/** Longer than any time-out of a question between the apps, and than a gateway's lease. */
const longestPause = 9_000;

/**
 * Kills and pauses one process after the other until it is told to stop: at first each of them once, in an order that the
 * dice make, so that even a short run leaves out nobody; then whomever the dice choose.
 */
export class Driver {
  readonly faults: Fault[] = [];
  kills = 0;
  private readonly firstRound: string[];

  constructor(private readonly options: DriverOptions) {
    this.firstRound = options.random.shuffled(options.victims);
  }

  async run(deadline: number, interruption: AbortSignal): Promise<void> {
    const { random } = this.options;
    const pauses: Promise<void>[] = [];
    while (Date.now() < deadline && !interruption.aborted) {
      await wait(random.between(1_500, 4_500));
      const fault = this.strike();
      if (fault !== undefined) pauses.push(fault);
    }
    await Promise.all(pauses);
  }

  private strike(): Promise<void> | undefined {
    const { random, fleet, gateways, victims, pauseShare } = this.options;
    const name = this.firstRound.shift() ?? random.pick(victims);
    const shallPause = random.chance(pauseShare);
    const length = random.between(shortestPause, longestPause);
    const downtime = random.between(50, 1_500);
    const special = random.next();
    // What is down or paused already is left alone; the dice have fallen all the same.
    if (!fleet.isReady(name) || fleet.isPaused(name)) return undefined;
    if (shallPause) return this.pause(name, length);
    const isGateway = gateways.includes(name);
    // One gateway stays: somebody has to take the clients.
    const mayStayAway = isGateway && gateways.every((gateway) => fleet.isReady(gateway));
    if (name === 'postgres') this.killPostgres(downtime, special);
    else if (name === 'nats' && special < 0.3) {
      this.kill(name, 'killed, with the loss of its data', downtime, () => {
        rmSync(this.options.natsStore, { recursive: true, force: true });
      });
    } else this.kill(name, 'killed', mayStayAway && special < 0.35 ? longAbsence : downtime);
    return undefined;
  }

  private async pause(name: string, length: number): Promise<void> {
    const { fleet } = this.options;
    this.record(name, `paused for ${String(length)} ms`);
    fleet.pause(name);
    await wait(length);
    if (fleet.isPaused(name)) fleet.resume(name);
  }

  private killPostgres(downtime: number, special: number): void {
    const all = this.options.fleet.pids('postgres');
    // All at once like a power failure, only the postmaster, or one of its processes, at which it restarts the others.
    if (special < 0.5) this.kill('postgres', 'killed whole', downtime, undefined, all);
    else if (special < 0.8)
      this.kill('postgres', 'killed, its children not', downtime, undefined, all.slice(0, 1));
    else this.kill('postgres', 'one of its processes killed', 0, undefined, all.slice(-1));
  }

  private kill(
    name: string,
    what: string,
    downtime: number,
    beforeLaunch?: () => void,
    pids = this.options.fleet.pids(name).slice(0, 1),
  ): void {
    this.kills += 1;
    this.record(name, what);
    this.options.fleet.kill(name, pids, downtime, beforeLaunch);
  }

  private record(name: string, what: string): void {
    this.faults.push({ at: Date.now(), name, what });
    this.options.log(`${name} ${what}`);
  }
}
