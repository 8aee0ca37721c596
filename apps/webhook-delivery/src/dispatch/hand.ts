import {
  commonLane,
  type LaneRead,
  type LaneToContinue,
  type WaitingDelivery,
} from '../store/deliveries.store.js';

/** A lane of which this process has read something. */
export interface LaneInHand {
  readonly lane: string;
  /** When its first part was read. */
  readonly version: string;
  /** What was read of it and is not begun, in order. */
  readonly ready: WaitingDelivery[];
  /** Id of the last delivery that was read of it. */
  lastId: string;
  /** Whether nothing was behind that. */
  isWhole: boolean;
  /** Its deliveries that were begun and have no result. */
  inFlight: number;
  /** Its results that are not recorded. */
  unrecorded: number;
  /** Nothing more of it is begun; it is read anew when all of it is recorded. */
  isLeaving: boolean;
}

/** What was read and is not worked off, which takes memory. */
export interface Stock {
  readonly deliveries: number;
  readonly characters: number;
}

/**
 * What one endpoint's runner has in hand: lanes, and what was read of them. What is in hand is read by nobody else, and
 * nothing of it is written: after a crash there is nothing to undo.
 */
export class Hand {
  private readonly lanes = new Map<string, LaneInHand>();
  /** Lanes of which something may begin, in turn. */
  private readonly runnable = new Set<LaneInHand>();
  /** By their ids, batches that have failed and are here as a whole: in these lanes. */
  private readonly batches = new Map<string, readonly string[]>();
  private ready = 0;

  /**
   * @param hold is told what is read; negative: worked off
   * @param isFree whether the order within the common lane does not count
   */
  constructor(
    private readonly hold: (read: Stock) => void,
    private readonly isFree: () => boolean,
  ) {}

  get size(): number {
    return this.lanes.size;
  }

  /** Of how many lanes something may begin. */
  get runnableLanes(): number {
    return this.runnable.size;
  }

  /** Read and not begun. */
  get readyDeliveries(): number {
    return this.ready;
  }

  get names(): string[] {
    return [...this.lanes.keys()];
  }

  /** Lanes that are worked off as far as they were read. */
  get dry(): LaneToContinue[] {
    return [...this.lanes.values()]
      .filter(({ ready, isWhole, isLeaving }) => ready.length === 0 && !isWhole && !isLeaving)
      .map(toContinue);
  }

  /** Lanes of which fewer than so many are ready and none is on its way: what has been added may go with them. */
  lingering(size: number): LaneToContinue[] {
    return [...this.runnable].filter(({ ready }) => ready.length < size).map(toContinue);
  }

  /** Batches that have failed, of which not every member is known to be here. */
  get unread(): string[] {
    const heads = [...this.runnable].flatMap(({ ready }) => ready[0]?.batch ?? []);
    return [...new Set(heads)].filter((batch) => !this.batches.has(batch));
  }

  /** @returns lanes of which nothing is left: that they are over is to be recorded */
  add(reads: readonly LaneRead[]): LaneInHand[] {
    const over: LaneInHand[] = [];
    for (const read of reads) {
      const known = read.version === null ? this.lanes.get(read.lane) : this.begin(read.lane, read.version);
      // It has left while more of it was being read.
      if (known === undefined || known.isLeaving) continue;
      known.ready.push(...read.deliveries);
      known.lastId = read.deliveries.at(-1)?.id ?? known.lastId;
      known.isWhole = read.isWhole;
      this.count(read.deliveries, 1);
      this.ready += read.deliveries.length;
      this.offer(known);
      if (!this.ends(known)) continue;
      known.unrecorded += 1;
      over.push(known);
    }
    return over;
  }

  /**
   * All members of a batch that has failed, with what stands before them in their lanes. Nothing comes of it while one of
   * the lanes is leaving, nor of a batch that is gone.
   */
  bind(batch: string, reads: readonly LaneRead[]): void {
    if (reads.length === 0 || reads.some(({ lane }) => this.lanes.get(lane)?.isLeaving === true)) return;
    for (const { lane, version, deliveries } of reads) {
      const known = this.lanes.get(lane) ?? this.begin(lane, version ?? '');
      const isNew = ({ id }: WaitingDelivery): boolean => BigInt(id) > BigInt(known.lastId);
      const added = deliveries.filter(isNew);
      if (added.length > 0) {
        known.ready.push(...added);
        known.lastId = added.at(-1)?.id ?? known.lastId;
        known.isWhole = false;
        this.count(added, 1);
        this.ready += added.length;
      }
      this.offer(known);
    }
    this.batches.set(
      batch,
      reads.map(({ lane }) => lane),
    );
  }

  /** A batch that has failed and may begin, with how many members it has in each lane. */
  whole(): ReadonlyMap<LaneInHand, number> | undefined {
    for (const [batch, names] of this.batches) {
      const lanes = names.flatMap((name) => this.lanes.get(name) ?? []);
      const counts = lanes.map((lane) => countWhile(lane.ready, (one) => one.batch === batch));
      const begins = lanes.every((lane, place) => this.runnable.has(lane) && counts[place] !== 0);
      if (begins && lanes.length === names.length)
        return new Map(lanes.map((lane, place) => [lane, counts[place] ?? 0]));
    }
    return undefined;
  }

  /** Of each lane of which something may begin, what comes before the first one that goes with others: so many at most. */
  runs(most: number): ReadonlyMap<LaneInHand, readonly [WaitingDelivery, ...WaitingDelivery[]]> {
    const runs = new Map<LaneInHand, readonly [WaitingDelivery, ...WaitingDelivery[]]>();
    for (const lane of this.runnable) {
      const count = countWhile(lane.ready, ({ batch }) => batch === null);
      const [head, ...others] = lane.ready.slice(0, Math.min(count, most));
      if (head !== undefined) runs.set(lane, [head, ...others]);
    }
    return runs;
  }

  /** The first lane of which something may begin. */
  first(): LaneInHand | undefined {
    const [lane] = this.runnable;
    return lane;
  }

  /** Takes the next deliveries of a lane of which something may begin. */
  take(lane: LaneInHand, count: number): WaitingDelivery[] {
    const taken = lane.ready.splice(0, count);
    if (taken.length < count) throw new Error('Nothing of this lane is ready');
    for (const { batch } of taken) if (batch !== null) this.batches.delete(batch);
    this.ready -= count;
    lane.inFlight += count;
    // The next one has its turn after those of all other lanes.
    this.runnable.delete(lane);
    this.offer(lane);
    return taken;
  }

  /**
   * There is a result, which is to be recorded: the lane goes on, or leaves.
   *
   * @returns whether the lane is over with that, which is to be recorded as well
   */
  heard(lane: LaneInHand, deliveries: readonly WaitingDelivery[], leaves: boolean): boolean {
    lane.inFlight -= deliveries.length;
    lane.unrecorded += 1;
    this.count(deliveries, -1);
    if (leaves) this.leave(lane);
    else this.offer(lane);
    return this.ends(lane);
  }

  /** The result is recorded. */
  recorded(lane: LaneInHand): void {
    lane.unrecorded -= 1;
    this.forget(lane);
  }

  /** Nothing more of this lane is begun. */
  leave(lane: LaneInHand): void {
    for (const { batch } of lane.ready) if (batch !== null) this.batches.delete(batch);
    this.count(lane.ready, -1);
    this.ready -= lane.ready.length;
    lane.ready.length = 0;
    lane.isLeaving = true;
    this.runnable.delete(lane);
    this.forget(lane);
  }

  /** Nothing more of any lane is begun. */
  drop(): void {
    for (const lane of this.lanes.values()) this.leave(lane);
  }

  /** Whether its order is that of the endpoint, and does not count. */
  isUnordered({ lane }: LaneInHand): boolean {
    return lane === commonLane && this.isFree();
  }

  private begin(lane: string, version: string): LaneInHand {
    const begun = { lane, version, ready: [], lastId: '0', isWhole: false, isLeaving: false };
    const inHand: LaneInHand = { ...begun, inFlight: 0, unrecorded: 0 };
    this.lanes.set(lane, inHand);
    return inHand;
  }

  /** A lane of which nothing is left, as far as we know, leaves. @returns whether it does */
  private ends(lane: LaneInHand): boolean {
    if (lane.isLeaving || !lane.isWhole || lane.ready.length > 0 || lane.inFlight > 0) return false;
    lane.isLeaving = true;
    return true;
  }

  private forget({ lane, isLeaving, inFlight, unrecorded }: LaneInHand): void {
    if (isLeaving && inFlight === 0 && unrecorded === 0) this.lanes.delete(lane);
  }

  private offer(lane: LaneInHand): void {
    if (lane.ready.length > 0 && !lane.isLeaving && (lane.inFlight === 0 || this.isUnordered(lane)))
      this.runnable.add(lane);
  }

  private count(deliveries: readonly WaitingDelivery[], sign: 1 | -1): void {
    const characters = deliveries.reduce((total, { payload }) => total + payload.length, 0);
    this.hold({ deliveries: sign * deliveries.length, characters: sign * characters });
  }
}

function toContinue({ lane, lastId }: LaneInHand): LaneToContinue {
  return { lane, after: lastId };
}

/** How many there are before the first one that is otherwise. */
function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  const end = items.findIndex((item) => !holds(item));
  return end === -1 ? items.length : end;
}
