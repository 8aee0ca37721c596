import type { EndpointHealth } from '#domain/delivery/endpoint-health.js';
import type { Log } from '#platform/log.js';
import type { DeliveriesRead, DeliveriesStore } from '../store/deliveries.store.js';
import { recordOf, type DeliveryRecord, type RecordedAttempt } from '../store/delivery-records.store.js';
import { isSingle, type StoredEndpoint } from '../store/endpoints.store.js';
import type { Bounds } from './bounds.js';
import type { DeliveryMetrics } from './delivery-metrics.js';
import type { DisableEndpoint } from './disable-endpoint.js';
import { Hand, type LaneInHand } from './hand.js';
import { outcomeOf, type Circumstances, type Parcel } from './outcome.js';
import { nextParcel, takeParcel } from './parcels.js';
import type { Post, PostResult } from './post.port.js';
import type { Records } from './records.js';
import { RunnerLimits } from './runner-limits.js';

export interface RunnerTools {
  readonly deliveries: DeliveriesStore;
  readonly records: Records;
  readonly post: Post;
  readonly bounds: Bounds;
  readonly metrics: DeliveryMetrics;
  readonly log: Log;
  /** The endpoint and how its receiver is, read anew; null: there is no such endpoint, or it is to get nothing. */
  readonly open: (endpointId: string) => Promise<OpenedEndpoint | null>;
  readonly disable: (...what: Parameters<DisableEndpoint['disable']>) => Promise<unknown>;
  /** As `Circumstances` says it, of an endpoint of this format. */
  readonly nextAttempt: (
    attempts: number,
    format: StoredEndpoint['format'],
  ) => ReturnType<Circumstances['nextAttempt']>;
}

export interface OpenedEndpoint {
  readonly endpoint: StoredEndpoint;
  readonly health: EndpointHealth;
}

/** Deliveries in hand from which on nothing more is read. */
const mostInHand = { deliveries: 256, lanes: 256 };
/** Lanes that are read at once even if fewer may be sent of. */
const fewestLanes = 16;
/** What nobody has told of is found after so long (ms). */
const pollInterval = 1_000;
/** When reading is due and cannot be begun, it is looked at again after so long (ms). */
const shortestWait = 20;

/**
 * Sends one endpoint's deliveries, as long as this process holds its lease: of each lane one at a time, in order.
 *
 * read -> in hand -> POST -> result -> recorded (done: deleted; failed: its lane waits; given up: dead, its lane goes on)
 *
 * A process that dies in between has written nothing that has to be undone: what was sent and not recorded is sent again,
 * with the same id.
 */
export class EndpointRunner {
  private readonly hand: Hand;
  private readonly limits: RunnerLimits;
  private readonly end = Promise.withResolvers<undefined>();
  private endpoint: StoredEndpoint;
  private leasedUntil = 0;
  private inFlight = 0;
  private unrecorded = 0;
  private isReading = false;
  private isStopping = false;
  private stuck = false;
  /** Somebody has told of more, or there may be more. */
  private isWanted = true;
  private lastReading = -Infinity;
  private nextReading = 0;
  /** It could not be read. */
  private notBefore = 0;
  private nextBinding = 0;
  private timer: NodeJS.Timeout | undefined;
  private lastWork = performance.now();

  constructor(
    { endpoint, health }: OpenedEndpoint,
    private readonly tools: RunnerTools,
  ) {
    this.endpoint = endpoint;
    this.limits = new RunnerLimits(endpoint, health);
    this.hand = new Hand(
      (read) => tools.bounds.hold(endpoint.applicationId, read),
      () => this.endpoint.ordering === 'none',
    );
  }

  /** Resolves when it has stopped, for whatever reason: nothing of it is under way any more. */
  get ended(): Promise<undefined> {
    return this.end.promise;
  }

  /** Whether what came of it could not be recorded: it may not be begun anew at once. */
  get isStuck(): boolean {
    return this.stuck;
  }

  get deliveriesInHand(): number {
    return this.hand.readyDeliveries + this.inFlight;
  }

  /** Since when (ms ago) there has been nothing to do. */
  get idleFor(): number {
    return this.hand.size === 0 && this.unrecorded === 0 && !this.isReading
      ? performance.now() - this.lastWork
      : 0;
  }

  /** For how long (ms) nothing is sent, because its receiver is away or has asked for less. */
  get pausedFor(): number {
    return this.limits.pausedFor(performance.now());
  }

  /** The endpoint belongs to this process until then, by `performance.now()`. Whatever begins, begins before. */
  leased(until: number): void {
    // It had run out: another replica may have sent what was read here, and given the endpoint back.
    if (performance.now() >= this.leasedUntil) this.hand.drop();
    this.leasedUntil = until;
    this.goOn();
  }

  /** There is something new. */
  nudge(): void {
    this.isWanted = true;
    this.goOn();
  }

  /** Begins nothing more. Resolves when what is under way has its result and that is recorded; never rejects. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    this.hand.drop();
    this.endIfDone();
    await this.ended;
  }

  private endIfDone(): void {
    if (this.isStopping && this.inFlight === 0 && this.unrecorded === 0 && !this.isReading)
      this.end.resolve(undefined);
  }

  private readonly goOn = (): void => {
    if (this.isStopping) return;
    const wait = this.beginPosts();
    if (this.mayRead()) void this.read();
    clearTimeout(this.timer);
    const untilReading = this.hasRoom
      ? Math.max(shortestWait, this.nextReading - performance.now())
      : Math.min(pollInterval, this.pausedFor || Infinity);
    this.timer = setTimeout(this.goOn, Math.min(wait, untilReading));
  };

  /** @returns after how many ms it is worth another look; Infinity: when something else happens */
  private beginPosts(): number {
    for (;;) {
      const now = performance.now();
      if (now >= this.leasedUntil) return Infinity;
      const next = nextParcel(this.hand, this.endpoint, now);
      if (next.kind === 'wait') return next.until - now;
      const wait = this.limits.wait(now, this.inFlight);
      if (wait > 0) return wait;
      if (!this.tools.bounds.takePost(this.endpoint.applicationId, this.goOn)) return Infinity;
      this.limits.begin(now);
      void this.send(takeParcel(this.hand, this.endpoint, next.counts));
    }
  }

  /** Whether more may be read. Whoever has nothing may read a little, however much others have. */
  private get hasRoom(): boolean {
    return (
      this.pausedFor === 0 &&
      (this.mayHoldMore || this.hand.size === 0) &&
      this.hand.readyDeliveries < mostInHand.deliveries &&
      this.hand.runnableLanes <= this.endpoint.concurrency * this.endpoint.batchSize
    );
  }

  private get mayHoldMore(): boolean {
    return this.tools.bounds.hasRoomFor(this.endpoint.applicationId);
  }

  private mayRead(): boolean {
    const now = performance.now();
    if (this.isReading || now >= this.leasedUntil || now < this.notBefore) return false;
    // How it stands, at least: its owner may have changed it.
    if (now >= this.lastReading + pollInterval) return true;
    const wantsLanes = (this.isWanted || now >= this.nextReading) && this.hand.size < mostInHand.lanes;
    return this.hasToBind || (this.hasRoom && (wantsLanes || this.hand.dry.length > 0));
  }

  private get lanesWanted(): number {
    if (!this.mayHoldMore) return 1;
    const { concurrency, batchSize } = this.endpoint;
    return Math.min(mostInHand.lanes - this.hand.size, Math.max(fewestLanes, 2 * concurrency, batchSize));
  }

  private get hasToBind(): boolean {
    if (isSingle(this.endpoint.format) || performance.now() < this.nextBinding) return false;
    return this.hand.unread.length > 0;
  }

  private async read(): Promise<void> {
    this.isReading = true;
    this.lastReading = performance.now();
    const { hasRoom } = this;
    if (hasRoom) this.isWanted = false;
    const { id, batchSize: together } = this.endpoint;
    const options = {
      inHand: this.hand.names,
      more: hasRoom ? [...this.hand.dry, ...this.hand.lingering(together)] : [],
      mostLanes: hasRoom ? this.lanesWanted : 0,
      together,
    };
    try {
      const read = await this.tools.bounds.reading(() => this.tools.deliveries.read(id, options));
      this.nextReading = performance.now() + Math.min(pollInterval, read.nextDueIn ?? Infinity);
      if (read.version !== this.endpoint.version || !read.isActive) await this.reopen();
      this.take(read);
      if (this.hasToBind) await this.bind();
    } catch (error) {
      this.tools.log.warn(
        { endpointId: this.endpoint.id, reason: String(error) },
        'deliveries cannot be read',
      );
      this.isWanted = true;
      this.notBefore = performance.now() + pollInterval;
    }
    this.isReading = false;
    this.endIfDone();
    this.goOn();
  }

  private take({ lanes, isFull }: DeliveriesRead): void {
    if (this.isStopping) return;
    if (isFull) this.isWanted = true;
    const over = this.hand.add(lanes);
    if (lanes.length > 0) this.lastWork = performance.now();
    if (over.length === 0) return;
    const record = recordOf(this.endpoint, { over: over.map(({ lane, version }) => ({ lane, version })) });
    void this.record(record, over);
  }

  /** What has failed together is read together, wherever it stands. */
  private async bind(): Promise<void> {
    for (const batch of this.hand.unread) {
      const { id } = this.endpoint;
      const members = await this.tools.bounds.reading(() => this.tools.deliveries.readBatch(id, batch));
      if (this.isStopping) return;
      if (members !== null) this.hand.bind(batch, members);
    }
    // Not all of its lanes are due, or one is leaving: in a while.
    if (this.hasToBind) this.nextBinding = performance.now() + pollInterval;
  }

  /** Its owner, or another replica, has changed it. */
  private async reopen(): Promise<void> {
    const opened = await this.tools.open(this.endpoint.id);
    if (opened === null) void this.stop();
    else {
      this.endpoint = opened.endpoint;
      this.limits.become(opened.endpoint, opened.health);
    }
  }

  private async send(parcel: Parcel): Promise<void> {
    this.inFlight += 1;
    const { endpoint } = this;
    const begunAt = performance.now();
    const result = await this.tools.post.send(endpoint, parcel);
    this.inFlight -= 1;
    this.tools.bounds.givePost(endpoint.applicationId);
    this.lastWork = performance.now();
    this.judge(endpoint, parcel, result, begunAt);
    this.goOn();
    this.endIfDone();
  }

  /** @param endpoint as it was when the POST began: what it says of a former receiver is not held against the present one */
  private judge(endpoint: StoredEndpoint, parcel: Parcel, result: PostResult, begunAt: number): void {
    const { limits, hand } = this;
    const known = limits.health;
    const outcome = outcomeOf(parcel, result, {
      ...{ health: known, concurrency: endpoint.concurrency, begunAt, now: performance.now() },
      nextAttempt: (attempts) => this.tools.nextAttempt(attempts, endpoint.format),
      isUnordered: (lane) => hand.isUnordered(lane),
    });
    if (endpoint.version === this.endpoint.version) limits.health = outcome.health;
    const over = parcel.parts.flatMap(({ lane, deliveries }) =>
      hand.heard(lane, deliveries, outcome.leaving.has(lane))
        ? [{ lane: lane.lane, version: lane.version }]
        : [],
    );
    this.note(outcome.record.attempt);
    const record = recordOf(endpoint, { ...outcome.record, over });
    void this.record(
      record,
      parcel.parts.map(({ lane }) => lane),
    );
    // It may be long, and others want the room.
    if (limits.health.pause !== known.pause && this.pausedFor > 0) hand.drop();
    if (outcome.disable !== null) void this.disable(endpoint, outcome.disable);
  }

  /** Never rejects. */
  private async record(record: DeliveryRecord, lanes: readonly LaneInHand[]): Promise<void> {
    this.unrecorded += 1;
    try {
      const over = await this.tools.records.record(record);
      // They have got something while they were in hand.
      if (record.over.some(({ lane }) => !over.has(lane))) this.isWanted = true;
      for (const { delay } of record.later)
        this.nextReading = Math.min(this.nextReading, performance.now() + delay);
    } catch {
      // What is in the table is sent again, by whoever takes the endpoint when this lease is over.
      this.stuck = true;
      void this.stop();
    }
    this.unrecorded -= 1;
    for (const lane of lanes) this.hand.recorded(lane);
    this.endIfDone();
    this.goOn();
  }

  /** It is not given back before that is done. Never rejects. */
  private async disable(endpoint: StoredEndpoint, reason: 'gone' | 'failing'): Promise<void> {
    this.unrecorded += 1;
    void this.stop();
    const { failingSince: from } = this.limits.health;
    const since = from === null ? null : Math.round(Date.now() - (performance.now() - from));
    try {
      await this.tools.disable(endpoint, reason, since);
    } catch (error) {
      // Enabled still: the next attempt finds out the same.
      this.tools.log.warn(
        { endpointId: endpoint.id, reason: String(error) },
        'an endpoint could not be disabled',
      );
    }
    this.unrecorded -= 1;
    this.endIfDone();
  }

  private note({ outcome, messageId, events, duration, failure }: RecordedAttempt): void {
    this.tools.metrics.count(outcome, duration);
    if (outcome === 'succeeded') return;
    const fields = { endpointId: this.endpoint.id, messageId, deliveries: events.length, duration, failure };
    this.tools.log.info(fields, 'webhook not taken');
  }
}
