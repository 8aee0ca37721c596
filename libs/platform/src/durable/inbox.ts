import type { Database, Transaction } from '../database/database.js';
import { InboxTable, type InboxEntry, type LaneProgress } from '../database/durable/inbox-table.js';
import { JobTable, type NewJob } from '../database/durable/job-table.js';
import type { Log } from '../log.js';

/** Makes jobs of events, in the inbox's transaction: what it reads there is at least as new as the events. */
export type Expand = (transaction: Transaction, entries: readonly InboxEntry[]) => Promise<readonly NewJob[]>;

const transactionOptions = { maxWait: 10_000, timeout: 20_000 };
/** Kept events of one lane that one transaction turns into jobs. */
const followingPerLane = 200;

/**
 * Takes events over from the stream: once each, in the order of their lane.
 *
 * What comes in: relay replicas, repeated publications, redeliveries and replicas of this consumer may double and
 * reorder events. What is certain: every event of a lane arrives at least once, seqs have no gap, and equal (lane, seq)
 * means the same event.
 *
 * Why every event becomes jobs exactly once and in order: all changes to a lane happen in a transaction that holds its
 * row of inbox_lane, so they happen one after the other. Everything up to last_seq has become jobs; everything kept in
 * inbox_entry is above it. An event at or below last_seq, or kept already, is a repetition and changes nothing; any
 * other is kept, and the run without a gap from last_seq + 1 becomes jobs in the transaction that moves last_seq past
 * it. A crash before the commit changes nothing, and since messages are acknowledged after the commit, they come again.
 * A gap waits for its event, which was not acknowledged and so is still on its way.
 *
 * Where a lane begins: at seq 1. Only when the consumer is younger than the lane will seq 1 never come, and that looks
 * just like seq 2 overtaking seq 1 on its way through another replica. So a lane whose first seqs are missing waits
 * (`beginUnbegun`), and begins at the first event kept only after a time in which every redelivery would have come.
 */
export class Inbox {
  private readonly table: InboxTable;
  private readonly jobs: JobTable;
  private readonly waitingSince = new Map<string, number>();

  /** @param schema a name from code, never from input */
  constructor(
    private readonly database: Database,
    schema: string,
    private readonly expand: Expand,
    private readonly log: Log,
  ) {
    this.table = new InboxTable(schema);
    this.jobs = new JobTable(database, schema);
  }

  /** Resolves when every entry is a job, a kept event or a repetition, durably. */
  async take(entries: readonly InboxEntry[]): Promise<void> {
    let lanes = await this.transact((transaction) => this.takeOnce(transaction, entries));
    while (lanes.length > 0) {
      const open = lanes;
      lanes = await this.transact((transaction) => this.promote(transaction, open));
    }
  }

  /** Lets lanes begin whose first events have been missing for `patience` ms; to be called now and then. */
  async beginUnbegun(patience: number): Promise<void> {
    const now = performance.now();
    const unbegun = await this.transact((transaction) => this.table.unbegun(transaction));
    const still = new Set(unbegun);
    for (const lane of this.waitingSince.keys()) if (!still.has(lane)) this.waitingSince.delete(lane);
    const due: string[] = [];
    for (const lane of unbegun) {
      const since = this.waitingSince.get(lane) ?? now;
      this.waitingSince.set(lane, since);
      if (now - since >= patience) due.push(lane);
    }
    if (due.length === 0) return;
    this.log.warn({ lanes: due.length }, 'lanes begin without their first events');
    let lanes = await this.transact(async (transaction) => {
      await this.table.lock(transaction, due);
      await this.table.beginAtFirstKept(transaction, due);
      return this.promote(transaction, due);
    });
    while (lanes.length > 0) {
      const open = lanes;
      lanes = await this.transact((transaction) => this.promote(transaction, open));
    }
  }

  private async takeOnce(transaction: Transaction, entries: readonly InboxEntry[]): Promise<string[]> {
    const byLane = Map.groupBy(entries, ({ lane }) => lane);
    const progress = await this.table.lock(transaction, [...byLane.keys()]);
    const ready: InboxEntry[] = [];
    const early: InboxEntry[] = [];
    const reached = progress.map(({ lane, lastSeq }) => {
      let reachedSeq = lastSeq;
      for (const entry of (byLane.get(lane) ?? []).toSorted((left, right) => left.seq - right.seq)) {
        if (entry.seq === reachedSeq + 1) {
          ready.push(entry);
          reachedSeq = entry.seq;
        } else if (entry.seq > reachedSeq) early.push(entry);
      }
      return { lane, lastSeq: reachedSeq };
    });
    if (early.length > 0) await this.table.keep(transaction, early);
    return this.advance(transaction, progress, reached, ready);
  }

  private async promote(transaction: Transaction, lanes: readonly string[]): Promise<string[]> {
    const progress = await this.table.lock(transaction, lanes);
    return this.advance(transaction, progress, progress, []);
  }

  /**
   * Turns `ready` and the kept events that follow it into jobs.
   *
   * @returns lanes that may have more to follow than one transaction takes
   */
  private async advance(
    transaction: Transaction,
    before: readonly LaneProgress[],
    reached: readonly LaneProgress[],
    ready: readonly InboxEntry[],
  ): Promise<string[]> {
    const following = Map.groupBy(
      await this.table.following(transaction, reached, followingPerLane),
      ({ lane }) => lane,
    );
    const after = reached.map(({ lane, lastSeq }) => ({
      lane,
      lastSeq: lastSeq + (following.get(lane)?.length ?? 0),
    }));
    const previous = new Map(before.map(({ lane, lastSeq }) => [lane, lastSeq]));
    const moved = after.filter(({ lane, lastSeq }) => lastSeq !== previous.get(lane));
    if (moved.length === 0) return [];
    const jobs = await this.expand(transaction, [...ready, ...[...following.values()].flat()]);
    if (jobs.length > 0) await this.jobs.insert(transaction, jobs);
    await this.table.advance(transaction, moved);
    return [...following].filter(([, kept]) => kept.length === followingPerLane).map(([lane]) => lane);
  }

  private transact<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work, transactionOptions);
  }
}
