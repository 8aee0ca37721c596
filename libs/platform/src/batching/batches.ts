interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchesOptions<Item, Result> {
  /** How many batches are under way as a rule ... */
  readonly usual: number;
  /** ... how many at most, when those under way take long ... */
  readonly most: number;
  /** ... which is this many ms. So what hangs delays its own lanes, not the others. */
  readonly patience: number;
  readonly maximumBatch: number;
  /** Weight of one batch at most, if one item is not heavier already. */
  readonly maximumWeight?: number;
  readonly weightOf?: (item: Item) => number;
  /** Items that may wait in one lane; one more is refused, so that memory is bounded and waiting is not for nothing. */
  readonly maximumPerLane: number;
  /** Items that may wait in all lanes. */
  readonly maximumWaiting: number;
  /** Their weight, if one item is not heavier already. */
  readonly maximumWaitingWeight?: number;
  /** Items of one lane are never in two batches at the same time, and keep the order of their arrival. */
  readonly laneOf: (item: Item) => string | bigint;
  /** Items of one identity never stand in the same batch; the later waits for the next. */
  readonly identityOf?: (item: Item) => string;
  /** Works on a batch; answers one result per item, in order. A rejection rejects the whole batch. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

/** Too many items wait already; nothing was done with this one. */
export class BatchesFull extends Error {
  constructor() {
    super('Too many items wait');
    this.name = 'BatchesFull';
  }
}

/**
 * What waits together travels together: collects what arrives while batches are under way, and makes it the next. Under
 * load many items share one transaction or one question, without load an item waits for nobody but those of its own turn
 * of the event loop.
 */
export class Batches<Item, Result> {
  /** By lane, those first that have waited longest for a batch. */
  private readonly lanes = new Map<string | bigint, Waiting<Item, Result>[]>();
  private readonly busy = new Set<string | bigint>();
  private waiting = 0;
  private waitingWeight = 0;
  /** Begin of every batch under way (ms), oldest first. */
  private readonly begun = new Set<{ readonly at: number }>();
  private collecting = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: BatchesOptions<Item, Result>) {}

  /** Rejects with `BatchesFull`, or with what the batch was rejected with. */
  submit(item: Item): Promise<Result> {
    const lane = this.options.laneOf(item);
    const queue = this.lanes.get(lane) ?? [];
    const weight = this.options.weightOf?.(item) ?? 0;
    if (queue.length >= this.options.maximumPerLane || !this.hasPlace(weight))
      return Promise.reject(new BatchesFull());
    this.lanes.set(lane, queue);
    this.waiting += 1;
    this.waitingWeight += weight;
    return new Promise((resolve, reject) => {
      queue.push({ item, weight, resolve, reject });
      this.collect();
    });
  }

  private hasPlace(weight: number): boolean {
    const { maximumWaiting, maximumWaitingWeight = Infinity } = this.options;
    if (this.waiting === 0) return true;
    return this.waiting < maximumWaiting && this.waitingWeight + weight <= maximumWaitingWeight;
  }

  /** Begins batches when this turn of the event loop is over: what arrives in one turn belongs together. */
  private collect(): void {
    if (this.collecting || this.waiting === 0) return;
    this.collecting = true;
    setImmediate(() => {
      this.collecting = false;
      while (this.mayBegin()) {
        const batch = this.nextBatch();
        if (batch.length === 0) return;
        void this.run(batch);
      }
    });
  }

  private mayBegin(): boolean {
    const { usual, most, patience } = this.options;
    if (this.waiting === 0 || this.begun.size >= most) return false;
    if (this.begun.size < usual) return true;
    // The youngest decides: one more for each that takes long.
    const youngest = [...this.begun].at(-1)?.at ?? 0;
    const left = youngest + patience - performance.now();
    if (left <= 0) return true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.collect();
    }, left);
    return false;
  }

  private nextBatch(): Waiting<Item, Result>[] {
    const { maximumBatch, maximumWeight = Infinity } = this.options;
    const batch: Waiting<Item, Result>[] = [];
    const identities = new Set<string>();
    let weight = 0;
    for (const [lane, queue] of this.lanes) {
      if (this.busy.has(lane)) continue;
      let taken = 0;
      for (const { item, weight: more } of queue) {
        const identity = this.options.identityOf?.(item);
        if (identity !== undefined && identities.has(identity)) break;
        weight += more;
        const size = batch.length + taken;
        if (size >= maximumBatch || (size > 0 && weight > maximumWeight)) break;
        if (identity !== undefined) identities.add(identity);
        taken += 1;
      }
      if (taken === 0) continue;
      batch.push(...queue.splice(0, taken));
      this.busy.add(lane);
      this.lanes.delete(lane);
      // What is left stands behind everybody else.
      if (queue.length > 0) this.lanes.set(lane, queue);
      if (batch.length >= maximumBatch || weight > maximumWeight) break;
    }
    this.waiting -= batch.length;
    for (const taken of batch) this.waitingWeight -= taken.weight;
    return batch;
  }

  /** Never rejects. */
  private async run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const items = batch.map(({ item }) => item);
    const mark = { at: performance.now() };
    this.begun.add(mark);
    try {
      const results = await this.options.run(items);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error('The batch gave no result for this item'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.begun.delete(mark);
    for (const item of items) this.busy.delete(this.options.laneOf(item));
    this.collect();
  }
}
