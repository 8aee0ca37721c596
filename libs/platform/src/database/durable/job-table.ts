import { Prisma } from '#prisma/client.js';
import type { Database, Transaction } from '../database.js';
import type { JobParts } from './inbox-table.js';

/** Work for one target, caused by one event; jobs of one (target, lane) are done in the order of seq. */
export interface NewJob {
  readonly target: string;
  /** Whose work it is (an application's id): all targets of one owner share its part of the places. */
  readonly owner: string;
  readonly lane: string;
  readonly seq: number;
  readonly eventId: string;
  readonly payload: string;
}

/** A job that this process may run until its lease ends. */
export interface ClaimedJob extends NewJob {
  readonly id: bigint;
  /** How often it has failed. */
  readonly attempts: number;
  readonly lockedUntil: Date;
}

export interface ClaimOptions {
  readonly limit: number;
  readonly limitPerTarget: number;
  readonly limitPerOwner: number;
  /** How many jobs of each target and of each owner this process runs already. */
  readonly running: {
    readonly targets: ReadonlyMap<string, number>;
    readonly owners: ReadonlyMap<string, number>;
  };
  /** ms */
  readonly lease: number;
}

/** What becomes of a job that was run; `delay` in ms. `postponed` counts as no attempt. */
export type JobRecord =
  | { readonly kind: 'done' }
  | { readonly kind: 'dead'; readonly error: string }
  | { readonly kind: 'again' | 'postponed'; readonly error: string; readonly delay: number };

interface JobRow {
  id: bigint;
  target: string;
  owner: string;
  lane: bigint;
  seq: bigint;
  event_id: string;
  payload: string;
  attempts: number;
  locked_until: Date;
}

/** Of a job that was made before jobs had owners, its target is the owner. */
const ownerColumn = 'coalesce(job.owner, job.target) AS owner';
const headColumns = Prisma.raw(`job.id, job.target, ${ownerColumn}, job.lane, job.due_at, job.locked_until`);
const claimedColumns = Prisma.raw(
  `job.id, job.target, ${ownerColumn}, job.lane, job.seq, job.event_id::text, job.payload, job.attempts, job.locked_until`,
);
const longestError = 500;
/** Rows deleted at once, so that no transaction grows long. */
const sweepPortion = 5_000;

/** The table job of one schema. All times are the database's, so clocks of replicas need not agree. */
export class JobTable implements JobParts<NewJob> {
  private readonly jobs: Prisma.Sql;

  /** @param schema a name from code, never from input: it becomes part of the statements */
  constructor(
    private readonly database: Database,
    schema: string,
  ) {
    this.jobs = Prisma.raw(`"${schema}"."job"`);
  }

  parts(jobs: readonly NewJob[], lanes: Prisma.Sql): Prisma.Sql {
    return Prisma.sql`made AS (${this.insertion(jobs, lanes)})`;
  }

  private insertion(jobs: readonly NewJob[], lanes: Prisma.Sql): Prisma.Sql {
    return Prisma.sql`
      INSERT INTO ${this.jobs} (target, owner, lane, seq, event_id, payload)
      SELECT target, owner, lane, seq, event_id, payload FROM unnest(
        ${jobs.map(({ target }) => target)}::text[],
        ${jobs.map(({ owner }) => owner)}::text[],
        ${jobs.map(({ lane }) => lane)}::bigint[],
        ${jobs.map(({ seq }) => String(seq))}::bigint[],
        ${jobs.map(({ eventId }) => eventId)}::uuid[],
        ${jobs.map(({ payload }) => payload)}::text[])
        WITH ORDINALITY AS job(target, owner, lane, seq, event_id, payload, position)
      WHERE lane IN (SELECT lane FROM ${lanes})
      ORDER BY position
      ON CONFLICT (target, event_id) DO NOTHING`;
  }

  /** Makes jobs, in the order given. A target gets one job per event, however often it is made. */
  async insert(jobs: readonly NewJob[]): Promise<void> {
    const lanes = Prisma.sql`unnest(${jobs.map(({ lane }) => lane)}::bigint[]) AS own(lane)`;
    await this.database.queries.$executeRaw`${this.insertion(jobs, lanes)}`;
  }

  /**
   * Claims due jobs, of each (target, lane) at most the first pending one.
   *
   * The heads of all lanes are found by jumping through the index job_pending_lane, so a long queue behind a head costs
   * nothing. Owners take turns (`turn`), so that the next free place goes to whoever has fewest; of one owner its targets
   * do, and neither gets more than its share. Two workers cannot run two jobs of one
   * lane: a candidate is the lane's first pending job as of the statement's snapshot; if another worker claimed,
   * finished or postponed it since, its row is either locked (skipped) or fails the conditions, which PostgreSQL checks
   * again on the newest version of a row that it locks. The lane's next job is no candidate of this snapshot.
   */
  async claim({
    limit,
    limitPerTarget,
    limitPerOwner,
    running: { targets, owners },
    lease,
  }: ClaimOptions): Promise<ClaimedJob[]> {
    const rows = await this.database.queries.$queryRaw<JobRow[]>`
      WITH RECURSIVE head AS (
        (SELECT ${headColumns} FROM ${this.jobs} AS job
         WHERE state = 'pending' ORDER BY target, lane, seq LIMIT 1)
        UNION ALL
        SELECT next.* FROM head CROSS JOIN LATERAL (
          SELECT ${headColumns} FROM ${this.jobs} AS job
          WHERE job.state = 'pending' AND (job.target, job.lane) > (head.target, head.lane)
          ORDER BY job.target, job.lane, job.seq LIMIT 1) AS next
      ), candidate AS (
        SELECT head.id, head.owner, head.due_at, coalesce(busy.count, 0)
          + row_number() OVER (PARTITION BY head.target ORDER BY head.due_at, head.id) AS turn
        FROM head LEFT JOIN unnest(${[...targets.keys()]}::text[], ${[...targets.values()]}::int[])
          AS busy(target, count) ON busy.target = head.target
        WHERE head.due_at <= now() AND (head.locked_until IS NULL OR head.locked_until <= now())
      ), sharing AS (
        SELECT candidate.id, candidate.due_at, coalesce(busy.count, 0)
          + row_number() OVER (PARTITION BY candidate.owner ORDER BY candidate.turn, candidate.due_at, candidate.id) AS turn
        FROM candidate LEFT JOIN unnest(${[...owners.keys()]}::text[], ${[...owners.values()]}::int[])
          AS busy(owner, count) ON busy.owner = candidate.owner
        WHERE candidate.turn <= ${limitPerTarget}
      ), chosen AS (
        SELECT id FROM sharing WHERE turn <= ${limitPerOwner} ORDER BY turn, due_at, id LIMIT ${limit}
      ), locked AS (
        SELECT job.id FROM ${this.jobs} AS job
        WHERE job.id IN (SELECT id FROM chosen) AND job.state = 'pending' AND job.due_at <= now()
          AND (job.locked_until IS NULL OR job.locked_until <= now())
        FOR UPDATE SKIP LOCKED
      )
      UPDATE ${this.jobs} AS job SET locked_until = now() + ${lease} * interval '1 millisecond'
      FROM locked WHERE job.id = locked.id
      RETURNING ${claimedColumns}`;
    return rows.map(toClaimed);
  }

  /**
   * Records what became of a job and, when it left the queue and `takeNext` is set, claims its lane's next job in the
   * same statement. Records nothing when the lease has passed to another worker.
   *
   * @returns the next job of the lane, if it is due
   */
  async record(
    job: ClaimedJob,
    outcome: JobRecord,
    { takeNext, lease }: { readonly takeNext: boolean; readonly lease: number },
  ): Promise<ClaimedJob | undefined> {
    if (outcome.kind === 'again' || outcome.kind === 'postponed') {
      await this.postpone(job, outcome);
      return undefined;
    }
    const error = outcome.kind === 'dead' ? outcome.error.slice(0, longestError) : null;
    const rows = await this.database.queries.$queryRaw<JobRow[]>`
      WITH finished AS (
        UPDATE ${this.jobs} SET state = ${outcome.kind}, attempts = attempts + ${outcome.kind === 'dead' ? 1 : 0},
          finished_at = now(), locked_until = NULL, last_error = ${error}
        WHERE id = ${job.id} AND state = 'pending' AND locked_until = ${job.lockedUntil}
        RETURNING target, lane, seq
      ), next AS (
        SELECT waiting.id, waiting.due_at, waiting.locked_until FROM finished CROSS JOIN LATERAL (
          SELECT id, due_at, locked_until FROM ${this.jobs} AS job
          WHERE job.state = 'pending' AND job.target = finished.target AND job.lane = finished.lane
            AND job.seq > finished.seq
          ORDER BY job.seq LIMIT 1) AS waiting
      )
      UPDATE ${this.jobs} AS job SET locked_until = now() + ${lease} * interval '1 millisecond'
      FROM next
      WHERE ${takeNext} AND job.id = next.id AND job.state = 'pending' AND job.due_at <= now()
        AND (job.locked_until IS NULL OR job.locked_until <= now())
      RETURNING ${claimedColumns}`;
    return rows.map(toClaimed)[0];
  }

  /** Forgets a target's work that is not done yet. */
  async removePending(transaction: Transaction, target: string): Promise<void> {
    await transaction.$executeRaw`DELETE FROM ${this.jobs} WHERE target = ${target} AND state = 'pending'`;
  }

  /** Deletes jobs that were done longer ago than `retention` (ms). Dead ones stay: somebody may replay them. */
  async sweep(retention: number): Promise<void> {
    for (let deleted = sweepPortion; deleted === sweepPortion;) {
      deleted = await this.database.queries.$executeRaw`
        DELETE FROM ${this.jobs} WHERE id = ANY(ARRAY(
          SELECT id FROM ${this.jobs}
          WHERE state = 'done' AND finished_at < now() - ${retention} * interval '1 millisecond'
          LIMIT ${sweepPortion}))`;
    }
  }

  private async postpone(
    job: ClaimedJob,
    { kind, error, delay }: Extract<JobRecord, { readonly delay: number }>,
  ): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE ${this.jobs} SET attempts = attempts + ${kind === 'again' ? 1 : 0}, due_at = now() + ${delay} * interval '1 millisecond',
        locked_until = NULL, last_error = ${error.slice(0, longestError)}
      WHERE id = ${job.id} AND state = 'pending' AND locked_until = ${job.lockedUntil}`;
  }
}

function toClaimed(row: JobRow): ClaimedJob {
  return {
    id: row.id,
    target: row.target,
    owner: row.owner,
    lane: row.lane.toString(),
    seq: Number(row.seq),
    eventId: row.event_id,
    payload: row.payload,
    attempts: row.attempts,
    lockedUntil: row.locked_until,
  };
}
