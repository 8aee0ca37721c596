import type { ClaimedJob, JobRecord, JobTable } from '../database/durable/job-table.js';
import type { Log } from '../log.js';
import { WakeUp } from './wake-up.js';

/** What a run came to. `retry` becomes dead when the schedule has no further attempt. */
export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly error: string }
  /** It could not be attempted, for a reason of our own: it comes again after `delay` (ms), which counts as no attempt. */
  | { readonly kind: 'postponed'; readonly error: string; readonly delay: number }
  | { readonly kind: 'dead'; readonly error: string };

export type Job = Pick<ClaimedJob, 'target' | 'lane' | 'seq' | 'eventId' | 'payload' | 'attempts'>;

export interface JobWorkerOptions {
  /** Has to settle well within the lease. Errors are stored: no content, no secrets. */
  readonly run: (job: Job) => Promise<JobOutcome>;
  /**
   * When to try again what has failed `attempts` times (at least 1).
   *
   * @returns a delay in ms, or null to give up
   */
  readonly nextAttempt: (attempts: number) => number | null;
  /** Jobs at once. They mostly wait for others; what they ask the database waits for one of its connections in turn. */
  readonly concurrency?: number;
  /** Jobs at once for one target, so that one that hangs leaves room for the others. */
  readonly concurrencyPerTarget?: number;
  /**
   * Jobs at once of one owner, however many targets it has. When so many owners hang that no place is left, the next one
   * that is free goes to an owner that has fewest.
   */
  readonly concurrencyPerOwner?: number;
  /** How long a job belongs to this process (ms). A job of a crashed process is run again after this time. */
  readonly lease?: number;
}

const pollInterval = 1_000;
/**
 * Claiming looks at the head of every lane that has pending jobs, so it becomes slow when very many lanes wait for a
 * target that is down. From this duration on (ms) it takes turns with pauses, whatever wakes the worker up.
 */
const costlyClaim = 20;
const pausePerClaim = 3;
/**
 * After so many jobs in a row, or so many ms, a lane gives its place away, so that busy lanes and slow ones do not starve
 * the others.
 */
const longestChain = { jobs: 50, duration: 1_000 };

/**
 * Runs the jobs of one table: of each (target, lane) one at a time in order of seq, different lanes side by side, any
 * number of replicas on one table.
 *
 * pending -> locked -> done
 *                   -> pending again later -> ... -> dead (the lane goes on)
 *                   -> lease over (the process died) -> pending
 *
 * A job is run at least once: a process may die after the run and before the record. Every run of a job has the same
 * event id, by which the receiver can tell.
 */
export class JobWorker {
  private readonly wakeUp = new WakeUp();
  private readonly chains = new Set<Promise<void>>();
  private readonly running = { targets: new Map<string, number>(), owners: new Map<string, number>() };
  private readonly concurrency: number;
  private readonly concurrencyPerTarget: number;
  private readonly concurrencyPerOwner: number;
  private readonly lease: number;
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly table: JobTable,
    private readonly options: JobWorkerOptions,
    private readonly log: Log,
  ) {
    this.concurrency = options.concurrency ?? 128;
    this.concurrencyPerTarget = options.concurrencyPerTarget ?? 8;
    this.concurrencyPerOwner = options.concurrencyPerOwner ?? 32;
    this.lease = options.lease ?? 30_000;
  }

  start(): void {
    this.loop ??= this.poll();
  }

  /** There is new work. */
  nudge(): void {
    this.wakeUp.notify();
  }

  /** Waits for the jobs that are running. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.loop;
    await Promise.all(this.chains);
  }

  private async poll(): Promise<void> {
    while (!this.stopping) {
      const started = performance.now();
      try {
        await this.claim();
      } catch (error) {
        this.log.warn({ reason: String(error) }, 'jobs could not be claimed');
      }
      const duration = performance.now() - started;
      if (duration > costlyClaim) await this.wakeUp.rest(Math.min(pollInterval, duration * pausePerClaim));
      await this.wakeUp.wait(pollInterval);
    }
  }

  private async claim(): Promise<void> {
    const limit = this.concurrency - this.chains.size;
    if (limit <= 0) return;
    const claimed = await this.table.claim({
      limit,
      limitPerTarget: this.concurrencyPerTarget,
      limitPerOwner: this.concurrencyPerOwner,
      running: this.running,
      lease: this.lease,
    });
    for (const job of claimed) this.begin(job);
  }

  private begin(job: ClaimedJob): void {
    this.count(job, 1);
    const chain = this.runChain(job).finally(() => {
      this.count(job, -1);
      this.chains.delete(chain);
      // The place may be what another lane waits for.
      this.wakeUp.notify();
    });
    this.chains.add(chain);
  }

  private count({ target, owner }: ClaimedJob, change: 1 | -1): void {
    add(this.running.targets, target, change);
    add(this.running.owners, owner, change);
  }

  /** Never rejects. */
  private async runChain(first: ClaimedJob): Promise<void> {
    const end = performance.now() + longestChain.duration;
    let job: ClaimedJob | undefined = first;
    for (let length = 1; job !== undefined; length += 1) {
      const outcome = await this.attempt(job);
      const mayGoOn = length < longestChain.jobs && performance.now() < end;
      job = await this.record(job, outcome, mayGoOn && !this.stopping);
    }
  }

  /** @returns the lane's next job, when it was claimed in passing */
  private async record(
    job: ClaimedJob,
    outcome: JobRecord,
    takeNext: boolean,
  ): Promise<ClaimedJob | undefined> {
    try {
      return await this.table.record(job, outcome, { takeNext, lease: this.lease });
    } catch (error) {
      this.log.warn(
        { target: job.target, eventId: job.eventId, outcome: outcome.kind, reason: String(error) },
        'a run could not be recorded; the job will be repeated',
      );
      return undefined;
    }
  }

  private async attempt(job: ClaimedJob): Promise<JobRecord> {
    const outcome = await this.runSafely(job);
    if (outcome.kind !== 'retry') return outcome;
    const delay = this.options.nextAttempt(job.attempts + 1);
    return delay === null
      ? { kind: 'dead', error: outcome.error }
      : { kind: 'again', error: outcome.error, delay };
  }

  private async runSafely(job: ClaimedJob): Promise<JobOutcome> {
    try {
      return await this.options.run(job);
    } catch (error) {
      this.log.error({ error, target: job.target, eventId: job.eventId }, 'a job failed unexpectedly');
      // The message may repeat content; the log has it, the table gets the kind alone.
      return { kind: 'retry', error: error instanceof Error ? error.name : 'unknown' };
    }
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
