interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<Item, Result> {
  /** How many batches may be written at the same time. */
  readonly writers: number;
  readonly maximumBatch: number;
  /** Items that may wait for one writer; one more is refused, so that memory is bounded and waiting is not for nothing. */
  readonly maximumWaiting: number;
  /** Items of one lane are written by one writer, in the order of their arrival. */
  readonly laneOf: (item: Item) => number;
  /** Items of one identity never stand in the same batch; the later waits for the next. */
  readonly identityOf: (item: Item) => string;
  /** Writes a batch; answers one result per item, in order. A rejection rejects the whole batch. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>;
}

/** Too many items wait already; nothing was done with this one. */
export class GroupCommitFull extends Error {
  constructor() {
    super('Too many items wait to be written');
    this.name = 'GroupCommitFull';
  }
}

/**
 * Collects what arrives while the last batch is being written, and writes it as the next: under load many items share one
 * transaction, without load an item waits for nobody.
 */
export class GroupCommit<Item, Result> {
  private readonly queues: Waiting<Item, Result>[][];
  private readonly running: boolean[];

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {
    this.queues = Array.from({ length: options.writers }, () => []);
    this.running = this.queues.map(() => false);
  }

  /** Rejects with `GroupCommitFull`, or with what the batch was rejected with. */
  submit(item: Item): Promise<Result> {
    const writer = this.options.laneOf(item) % this.options.writers;
    const queue = this.queues[writer];
    if (queue === undefined || queue.length >= this.options.maximumWaiting) {
      return Promise.reject(new GroupCommitFull());
    }
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      void this.run(writer);
    });
  }

  private async run(writer: number): Promise<void> {
    const queue = this.queues[writer];
    if (queue === undefined || this.running[writer] === true) return;
    this.running[writer] = true;
    while (queue.length > 0) await this.write(this.nextBatch(queue));
    this.running[writer] = false;
  }

  private nextBatch(queue: Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    const identities = new Set<string>();
    let size = 0;
    while (size < queue.length && size < this.options.maximumBatch) {
      const next = queue[size];
      if (next === undefined) break;
      const identity = this.options.identityOf(next.item);
      if (identities.has(identity)) break;
      identities.add(identity);
      size += 1;
    }
    return queue.splice(0, size);
  }

  private async write(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.commit(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error('The batch gave no result for this item'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
