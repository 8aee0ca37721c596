import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningProcess } from '../../scripts/leashed.mjs';
import type { Service } from '../../scripts/supervisor.mjs';
import type { Outage } from './outages.js';

const pauseBetweenLaunches = 300;
/** PostgreSQL starts all of its processes anew when one is killed, and does so by itself. */
const recoveryTime = 5_000;

interface Kept {
  readonly service: Service;
  running: RunningProcess | undefined;
  isReady: boolean;
  isPaused: boolean;
  /** How long it stays away after its next end, in ms. */
  downtime: number;
  beforeLaunch: (() => void) | undefined;
}

/** The processes of the platform, each restarted whenever it ends, on the same port and data. */
export class Fleet {
  readonly outages: Outage[] = [];
  private readonly kept = new Map<string, Kept>();
  private isStopping = false;

  constructor(private readonly log: (line: string) => void) {}

  /** Resolves when it is ready. */
  async start(service: Service): Promise<void> {
    const kept: Kept = {
      service,
      running: undefined,
      isReady: false,
      isPaused: false,
      downtime: 0,
      beforeLaunch: undefined,
    };
    this.kept.set(service.name, kept);
    await this.launch(kept);
  }

  isReady(name: string): boolean {
    return this.of(name).isReady;
  }

  isPaused(name: string): boolean {
    return this.of(name).isPaused;
  }

  /** Everything runs, ready and unpaused. */
  get isWhole(): boolean {
    return [...this.kept.values()].every(({ isReady, isPaused }) => isReady && !isPaused);
  }

  /** Its process and what that has started itself, as PostgreSQL does. */
  pids(name: string): number[] {
    const { running } = this.of(name);
    return running === undefined ? [] : [running.pid, ...childrenOf(running.pid)];
  }

  /**
   * @param pids which of `pids(name)` are killed; the first of `pids(name)` is the service itself
   * @param downtime ms before it is started again
   */
  kill(name: string, pids: readonly number[], downtime: number, beforeLaunch?: () => void): void {
    const kept = this.of(name);
    kept.downtime = downtime;
    kept.beforeLaunch = beforeLaunch;
    const now = Date.now();
    const isWhole = kept.running !== undefined && pids.includes(kept.running.pid);
    this.outages.push({ name, isPause: false, from: now, to: isWhole ? undefined : now + recoveryTime });
    for (const pid of pids) signal(pid, 'SIGKILL');
  }

  pause(name: string): void {
    this.of(name).isPaused = true;
    this.outages.push({ name, isPause: true, from: Date.now(), to: undefined });
    for (const pid of this.pids(name)) signal(pid, 'SIGSTOP');
  }

  resume(name: string): void {
    for (const pid of this.pids(name)) signal(pid, 'SIGCONT');
    this.of(name).isPaused = false;
    this.isBack(name);
  }

  /** In the reverse order of tiers. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const all = [...this.kept.values()];
    for (const { service, isPaused } of all) if (isPaused) this.resume(service.name);
    for (const tier of [3, 2, 1, 0]) {
      const here = all.filter(({ service }) => service.tier === tier);
      await Promise.all(here.map(async ({ running }) => running?.stop()));
    }
  }

  private of(name: string): Kept {
    const kept = this.kept.get(name);
    if (kept === undefined) throw new Error(`there is no ${name}`);
    return kept;
  }

  private async launch(kept: Kept): Promise<void> {
    const { service } = kept;
    kept.running = await service.launch();
    this.watch(kept, kept.running);
    await service.ready?.(kept.running);
    kept.isReady = true;
    this.isBack(service.name);
  }

  private isBack(name: string): void {
    for (const outage of this.outages) if (outage.name === name) outage.to ??= Date.now();
  }

  private watch(kept: Kept, running: RunningProcess): void {
    void running.ended.then(async () => {
      const wasReady = kept.isReady;
      kept.isReady = false;
      kept.isPaused = false;
      kept.running = undefined;
      if (this.isStopping || !wasReady) return;
      // Killed by the driver, who has noted it, or ended by itself.
      if (!this.outages.some(({ name, to }) => name === kept.service.name && to === undefined))
        this.outages.push({ name: kept.service.name, isPause: false, from: Date.now(), to: undefined });
      await this.relaunch(kept);
    });
  }

  private async relaunch(kept: Kept): Promise<void> {
    await wait(kept.downtime);
    kept.beforeLaunch?.();
    kept.beforeLaunch = undefined;
    kept.downtime = 0;
    while (!this.isStopping) {
      try {
        await this.launch(kept);
        return;
      } catch (error) {
        this.log(`${kept.service.name} did not start: ${String(error).split('\n').slice(0, 3).join(' | ')}`);
        await kept.running?.stop();
        kept.running = undefined;
        await wait(pauseBetweenLaunches);
      }
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(parent: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        // pid (name) state ppid ...; the name may hold spaces and brackets
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}
