import type {
  InboxEntry,
  InboxTable,
  LaneProgress,
  LaneStep,
  WaitingLane,
} from '../database/durable/inbox-table.js';
import type { Log } from '../log.js';

/**
 * Makes jobs of events, outside of any transaction: it may ask others. What it learns is at least as new as the events.
 * What it makes counts only if nobody else was faster, so it may be called again for the same events.
 */
export type Expand<Job> = (entries: readonly InboxEntry[]) => Promise<readonly Job[]>;

/** Events of one lane that are missing, both ends included. */
export interface LaneGap {
  readonly lane: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/**
 * Asks for missing events to be published again.
 *
 * @returns what exists no more: beginnings of the gaps asked for. Their lanes go on without it
 */
export type Recover = (gaps: readonly LaneGap[]) => Promise<readonly LaneGap[]>;

/** How long (ms) a lane waits until it asks for what is missing: in its midst, and at its beginning. */
export interface Patience {
  readonly gap: number;
  readonly beginning: number;
}

/** Kept events that are turned into jobs at once: of one lane, and of all. */
const following = { perLane: 200, inAll: 2_000 };
/** Lanes whose missing events are asked for at once. */
const lanesPerQuestion = 50;
/** A lane that is older than its consumer begins at most this far before the first event that came. */
const longestBeginning = 1_000;

/**
 * Takes events over from the stream: once each, in the order of their lane.
 *
 * What comes in: relay replicas, repeated publications, redeliveries and replicas of this consumer may double and
 * reorder events. What is certain: every event of a lane arrives at least once, seqs have no gap, and equal (lane, seq)
 * means the same event.
 *
 * Why every event becomes jobs exactly once and in order: everything up to a lane's last_seq has become jobs; everything
 * kept in inbox_entry is above it, and `kept` counts that. A run of events without a gap from last_seq + 1 becomes jobs
 * in the statement that moves last_seq past it, and that statement does nothing to a lane whose last_seq has moved since
 * it was read. Nearly always nothing is kept of a lane and the run has just arrived: then that one statement is all, on
 * condition that still nothing is kept. Whatever else arrives is kept first and then taken from what is kept; whoever keeps
 * something looks for a run afterwards, so the last one to keep a part of it sees the whole. A crash in between loses
 * nothing, since messages are acknowledged afterwards, and come again. A gap waits for its event, which was not
 * acknowledged and so is still on its way; when it is missing for long, the stream has lost it and it is asked for.
 *
 * Where a lane begins: at seq 1. When the consumer is younger than the lane seq 1 does not come by itself, and that looks
 * just like one that was lost, or is late because NATS was away. So a beginning that is missing for long is asked for, too;
 * but not more of it than a young consumer may be burdened with.
 */
export class Inbox<Job> {
  private readonly waitingSince = new Map<string, { readonly lastSeq: number; readonly since: number }>();

  constructor(
    private readonly table: InboxTable<Job>,
    private readonly expand: Expand<Job>,
    private readonly recover: Recover,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when every entry is a job, a kept event or a repetition, durably.
   *
   * @returns the jobs that were made, and perhaps some that somebody else was faster to make
   */
  async take(entries: readonly InboxEntry[]): Promise<Job[]> {
    const byLane = Map.groupBy(entries, ({ lane }) => lane);
    const progress = await this.table.progress([...byLane.keys()]);
    const before = new Map(progress.map((lane) => [lane.lane, lane]));
    const steps: LaneStep[] = [];
    const runs: InboxEntry[] = [];
    const rest: InboxEntry[] = [];
    for (const [lane, offered] of byLane) {
      const { lastSeq, kept } = before.get(lane) ?? { lastSeq: 0, kept: 0 };
      const { run, early } = runFrom(lastSeq, offered);
      if (kept > 0 || early.length > 0) rest.push(...run, ...early);
      else if (run.length > 0) {
        runs.push(...run);
        steps.push({ lane, fromSeq: lastSeq, toSeq: lastSeq + run.length });
      }
    }
    const made: Job[] = [];
    if (steps.length > 0) {
      const jobs = await this.expand(runs);
      made.push(...jobs);
      const moved = await this.table.step(steps, jobs);
      if (moved.size < steps.length) rest.push(...runs.filter(({ lane }) => !moved.has(lane)));
    }
    if (rest.length === 0) return made;
    await this.table.keep(rest);
    return [...made, ...(await this.follow([...new Set(rest.map(({ lane }) => lane))]))];
  }

  /**
   * Helps lanes that have been waiting for longer than their patience; to be called now and then.
   *
   * @returns the jobs that were made
   */
  async mend(patience: Patience): Promise<Job[]> {
    const due = this.overdue(await this.table.waiting(), patience);
    const made: Job[] = [];
    for (let first = 0; first < due.length; first += lanesPerQuestion)
      made.push(...(await this.mendLanes(due.slice(first, first + lanesPerQuestion))));
    return made;
  }

  /** Nothing is skipped unless somebody has answered. */
  private async mendLanes(due: readonly WaitingLane[]): Promise<Job[]> {
    const gaps = due.flatMap((waiting) => {
      const gap = { lane: waiting.lane, fromSeq: firstWanted(waiting), toSeq: waiting.firstKept - 1 };
      return gap.fromSeq <= gap.toSeq ? [gap] : [];
    });
    const gone = gaps.length === 0 ? [] : await this.recover(gaps);
    const goneUpTo = new Map(gone.map(({ lane, toSeq }) => [lane, toSeq]));
    let without = 0;
    for (const waiting of due) {
      const { lane, lastSeq, firstKept } = waiting;
      const toSeq = Math.min(goneUpTo.get(lane) ?? firstWanted(waiting) - 1, firstKept - 1);
      if (toSeq <= lastSeq) continue;
      await this.table.skip(waiting, toSeq);
      without += 1;
    }
    if (gaps.length > 0) this.log.warn({ lanes: gaps.length }, 'events are missing and were asked for again');
    if (without > 0) this.log.warn({ lanes: without }, 'lanes go on without events that will not come');
    return this.follow(due.map(({ lane }) => lane));
  }

  /** Those that have stood still for long enough; they count from now again. */
  private overdue(lanes: readonly WaitingLane[], patience: Patience): WaitingLane[] {
    const now = performance.now();
    const still = new Set(lanes.map(({ lane }) => lane));
    for (const lane of this.waitingSince.keys()) if (!still.has(lane)) this.waitingSince.delete(lane);
    return lanes.filter(({ lane, lastSeq }) => {
      const known = this.waitingSince.get(lane);
      const since = known?.lastSeq === lastSeq ? known.since : now;
      const isDue = now - since >= (lastSeq === 0 ? patience.beginning : patience.gap);
      this.waitingSince.set(lane, { lastSeq, since: isDue ? now : since });
      return isDue;
    });
  }

  /** Turns what is kept into jobs, as far as it goes without a gap. */
  private async follow(lanes: readonly string[]): Promise<Job[]> {
    const made: Job[] = [];
    for (;;) {
      const run = await this.table.following(lanes, following);
      if (run.length === 0) return made;
      const jobs = await this.expand(run);
      made.push(...jobs);
      await this.table.follow([...Map.groupBy(run, ({ lane }) => lane)].map(stepOf), jobs);
    }
  }
}

function stepOf([lane, run]: [string, readonly InboxEntry[]]): LaneStep {
  const seqs = run.map(({ seq }) => seq);
  return { lane, fromSeq: Math.min(...seqs) - 1, toSeq: Math.max(...seqs) };
}

/** The first of a lane's missing events that it does not go on without. */
function firstWanted({ lastSeq, firstKept }: WaitingLane): number {
  return lastSeq > 0 ? lastSeq + 1 : Math.max(1, firstKept - longestBeginning);
}

/** What follows `lastSeq` without a gap, and what comes after a gap. */
function runFrom(
  lastSeq: LaneProgress['lastSeq'],
  offered: readonly InboxEntry[],
): { readonly run: InboxEntry[]; readonly early: InboxEntry[] } {
  const run: InboxEntry[] = [];
  const early: InboxEntry[] = [];
  for (const entry of offered.toSorted((left, right) => left.seq - right.seq)) {
    const reached = lastSeq + run.length;
    if (entry.seq === reached + 1) run.push(entry);
    else if (entry.seq > reached) early.push(entry);
  }
  return { run, early };
}
