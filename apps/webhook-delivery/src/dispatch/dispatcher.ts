import { randomUUID } from 'node:crypto';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { deliveryNudge } from '#contracts/stream.js';
import type { EndpointHealth } from '#domain/delivery/endpoint-health.js';
import type { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import { WakeUp } from '#platform/durable/wake-up.js';
import { PatientLog } from '#platform/patient-log.js';
import type { EndpointsStore } from '../store/endpoints.store.js';
import type { EndpointCondition, LeasesStore } from '../store/leases.store.js';
import { EndpointRunner, type OpenedEndpoint, type RunnerTools } from './endpoint-runner.js';

export interface DispatcherParts {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly endpoints: EndpointsStore;
  readonly leases: LeasesStore;
  readonly tools: Omit<RunnerTools, 'open'>;
}

/** Of endpoints; in ms. */
export interface LeaseTimes {
  readonly lease: number;
  readonly renewal: number;
  /** An endpoint is given back after so long without work, and when it is paused for longer than the second. */
  readonly idle: number;
  readonly pause: number;
}

const leaseTimes: LeaseTimes = { lease: 10_000, renewal: 2_000, idle: 5_000, pause: 10_000 };
/** What nobody has told of is found after so long (ms), give or take a part by chance. */
const pollInterval = { shortest: 800, spread: 400 };
/** Looking for endpoints begins at least this far apart (ms), whoever has told of work. */
const lookInterval = 50;
/** Endpoints taken in one go. */
const takenAtOnce = 16;

/**
 * Takes endpoints that have something to send and belong to no replica, and gives them back when there is nothing more. So
 * limits of an endpoint hold over all replicas, and one endpoint is as fast as one replica.
 */
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private readonly runners = new Map<string, EndpointRunner>();
  /** Runners that are there, until their endpoints are given back. */
  private readonly gone = new Map<EndpointRunner, Promise<void>>();
  private readonly wakeUp = new WakeUp();
  private readonly renewing: Periodic;
  private readonly patientLog: PatientLog;
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly parts: DispatcherParts,
    private readonly times: LeaseTimes = leaseTimes,
  ) {
    const { log, metrics } = parts.tools;
    this.patientLog = new PatientLog(log);
    this.renewing = new Periodic('leases of webhooks', times.renewal, () => this.renew(), log);
    metrics.watch(
      () => this.runners.size,
      () => [...this.runners.values()].reduce((sum, runner) => sum + runner.deliveriesInHand, 0),
    );
  }

  onApplicationBootstrap(): void {
    this.parts.bus.subscribe(deliveryNudge, (payload) => {
      const { endpointIds } = payload as { readonly endpointIds: readonly string[] };
      this.nudge(endpointIds);
    });
    this.renewing.start();
    this.loop ??= this.look();
  }

  /** These endpoints have got something. */
  nudge(endpointIds: readonly string[]): void {
    for (const id of endpointIds) {
      const runner = this.runners.get(id);
      if (runner === undefined) this.wakeUp.notify();
      else runner.nudge();
    }
  }

  /** Waits for the POSTs that are under way; each endpoint is free as soon as its own have ended. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.loop;
    for (const runner of this.runners.values()) void runner.stop();
    await Promise.all(this.gone.values());
    await this.renewing.stop();
  }

  private async look(): Promise<void> {
    let wasNudged = false;
    while (!this.stopping) {
      const started = performance.now();
      try {
        // Who has its hands full leaves it to others for a moment.
        if (this.parts.tools.bounds.hasRoom || !wasNudged) while ((await this.take()) && !this.isStopping());
        this.patientLog.succeeded();
      } catch (error) {
        this.patientLog.failed({ reason: String(error) }, 'endpoints could not be taken');
      }
      wasNudged = await this.wakeUp.wait(pollInterval.shortest + pollInterval.spread * Math.random());
      await this.wakeUp.rest(started + lookInterval - performance.now());
    }
  }

  /** @returns whether there may be more */
  private async take(): Promise<boolean> {
    const until = performance.now() + this.times.lease;
    const taken = await this.parts.leases.take(this.holder, takenAtOnce, this.times.lease);
    await Promise.all(taken.map((id) => this.begin(id, until)));
    return taken.length === takenAtOnce;
  }

  private async begin(id: string, until: number): Promise<void> {
    // Its lease had run out meanwhile. One that is ending gives it back by itself.
    const known = this.runners.get(id);
    if (known !== undefined) {
      known.leased(until);
      return;
    }
    const opened = await this.open(id);
    if (opened === null) {
      await this.parts.leases.giveBack(this.holder, [id]);
      return;
    }
    const open = (endpointId: string): Promise<OpenedEndpoint | null> => this.open(endpointId);
    const runner = new EndpointRunner(opened, { ...this.parts.tools, open });
    this.runners.set(id, runner);
    this.gone.set(
      runner,
      runner.ended.then(() => this.giveBack(id, runner)),
    );
    runner.leased(until);
  }

  private async open(id: string): Promise<OpenedEndpoint | null> {
    const [endpoint, condition] = await Promise.all([
      this.parts.endpoints.find(id),
      this.parts.leases.condition(id),
    ]);
    if (endpoint === null || condition === null || !endpoint.enabled) return null;
    return { endpoint, health: healthOf(condition, endpoint.concurrency) };
  }

  private async renew(): Promise<void> {
    for (const runner of this.runners.values())
      if (runner.idleFor > this.times.idle || runner.pausedFor > this.times.pause) void runner.stop();
    const ids = [...this.runners.keys()];
    if (ids.length === 0) return;
    const until = performance.now() + this.times.lease;
    const kept = await this.parts.leases.renew(this.holder, ids, this.times.lease);
    for (const id of ids) {
      const runner = this.runners.get(id);
      if (kept.has(id)) runner?.leased(until);
      // Somebody else has it.
      else void runner?.stop();
    }
  }

  /** Until it is given back nobody begins it anew, this process neither. Never rejects. */
  private async giveBack(id: string, runner: EndpointRunner): Promise<void> {
    try {
      if (!runner.isStuck) await this.parts.leases.giveBack(this.holder, [id]);
    } catch {
      // The lease ends by itself.
    }
    this.runners.delete(id);
    this.gone.delete(runner);
    this.wakeUp.notify();
  }

  private isStopping(): boolean {
    return this.stopping;
  }
}

function healthOf(
  { failures, openings, throttles, pauseReason, pausedFor, failingFor }: EndpointCondition,
  concurrency: number,
): EndpointHealth {
  const now = performance.now();
  return {
    ...{ failures, openings, throttles },
    failingSince: failingFor === null ? null : now - failingFor,
    pause:
      pauseReason === null || pausedFor === null
        ? null
        : { reason: pauseReason, from: now, until: now + pausedFor },
    allowed: openings > 0 ? 1 : Math.max(1, concurrency / 2 ** throttles),
  };
}
