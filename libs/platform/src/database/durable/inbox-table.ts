import { Prisma } from '#prisma/client.js';
import type { Database } from '../database.js';

/** Where jobs go: the part of a statement that makes them. */
export interface JobParts<Job> {
  /**
   * Common table expressions, without a comma before or after them, that make those jobs whose inbox lane `lanes` (a
   * relation with the column lane) has, in the order given. Each job exists once, however often its event comes.
   */
  parts(jobs: readonly Job[], lanes: Prisma.Sql): Prisma.Sql;
}

/** One event on its way through the inbox. `lane` is a decimal string (bigint), `seq` counts within the lane from 1. */
export interface InboxEntry {
  readonly lane: string;
  readonly seq: number;
  readonly payload: string;
}

/** A lane's last seq that has become jobs, and how many later events are kept because one before them is missing. */
export interface LaneProgress {
  readonly lane: string;
  readonly lastSeq: number;
  readonly kept: number;
}

/** A lane on its way from one seq to a later one. */
export interface LaneStep {
  readonly lane: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

export interface WaitingLane extends LaneProgress {
  readonly firstKept: number;
}

interface LaneRow {
  lane: string;
  last_seq: bigint;
  kept: number;
}

/** Lanes looked at in one go. */
const waitingLimit = 1_000;

/**
 * The tables inbox_lane and inbox_entry of one schema. A lane's row changes only under its lock; who finds it other than
 * expected changes nothing. Rows are locked in ascending order, so that no two statements wait for each other in a circle.
 */
export class InboxTable<Job> {
  private readonly lanes: Prisma.Sql;
  private readonly entries: Prisma.Sql;

  /** @param schema a name from code, never from input: it becomes part of the statements */
  constructor(
    private readonly database: Database,
    private readonly jobs: JobParts<Job>,
    schema: string,
  ) {
    this.lanes = Prisma.raw(`"${schema}"."inbox_lane"`);
    this.entries = Prisma.raw(`"${schema}"."inbox_entry"`);
  }

  /** Of lanes that are known already. */
  async progress(lanes: readonly string[]): Promise<LaneProgress[]> {
    const rows = await this.database.queries.$queryRaw<LaneRow[]>`
      SELECT lane::text AS lane, last_seq, kept FROM ${this.lanes} WHERE lane = ANY(${[...lanes]}::bigint[])`;
    return rows.map(({ lane, last_seq, kept }) => ({ lane, lastSeq: Number(last_seq), kept }));
  }

  /**
   * Moves lanes of which nothing is kept, creating those that begin at 0, and makes the jobs of those that it moved: one
   * statement. A lane that is not where its step begins, or of which something is kept by now, stays as it is.
   *
   * @returns the lanes that were moved
   */
  async step(steps: readonly LaneStep[], jobs: readonly Job[]): Promise<Set<string>> {
    const rows = await this.database.queries.$queryRaw<{ lane: string }[]>`
      WITH ${this.lockedSteps(steps, Prisma.sql`AND known.kept = 0`)}, moved AS (
        UPDATE ${this.lanes} AS known SET last_seq = locked.to_seq
        FROM locked WHERE known.lane = locked.lane
        RETURNING known.lane
      ), begun AS (
        INSERT INTO ${this.lanes} (lane, last_seq)
        SELECT lane, to_seq FROM step WHERE from_seq = 0 ORDER BY lane
        ON CONFLICT (lane) DO NOTHING
        RETURNING lane
      ), taken AS (SELECT lane FROM moved UNION ALL SELECT lane FROM begun)
      ${this.making(jobs)}
      SELECT lane::text AS lane FROM taken`;
    return new Set(rows.map(({ lane }) => lane));
  }

  /** Keeps events that cannot become jobs at once. Those that have become jobs meanwhile, or are kept, change nothing. */
  async keep(entries: readonly InboxEntry[]): Promise<void> {
    const lanes = [...new Set(entries.map(({ lane }) => lane))];
    await this.database.queries.$executeRaw`
      INSERT INTO ${this.lanes} (lane, last_seq)
      SELECT lane, 0 FROM unnest(${lanes}::bigint[]) AS wanted(lane) ORDER BY lane
      ON CONFLICT (lane) DO NOTHING`;
    await this.database.queries.$executeRaw`
      WITH locked AS MATERIALIZED (
        SELECT lane, last_seq FROM ${this.lanes} WHERE lane = ANY(${lanes}::bigint[]) ORDER BY lane FOR UPDATE
      ), added AS (
        INSERT INTO ${this.entries} (lane, seq, payload)
        SELECT offered.lane, offered.seq, offered.payload FROM unnest(
          ${entries.map(({ lane }) => lane)}::bigint[],
          ${entries.map(({ seq }) => String(seq))}::bigint[],
          ${entries.map(({ payload }) => payload)}::text[]) AS offered(lane, seq, payload)
        JOIN locked ON locked.lane = offered.lane AND offered.seq > locked.last_seq
        ON CONFLICT (lane, seq) DO NOTHING
        RETURNING lane
      )
      UPDATE ${this.lanes} AS known SET kept = known.kept + counted.count
      FROM (SELECT lane, count(*)::int AS count FROM added GROUP BY lane) AS counted
      WHERE known.lane = counted.lane`;
  }

  /** Kept events that follow their lane's progress without a gap, in order, at most so many. */
  async following(
    lanes: readonly string[],
    { perLane, inAll }: { readonly perLane: number; readonly inAll: number },
  ): Promise<InboxEntry[]> {
    const rows = await this.database.queries.$queryRaw<{ lane: string; seq: bigint; payload: string }[]>`
      SELECT known.lane::text AS lane, entry.seq, entry.payload
      FROM ${this.lanes} AS known
      CROSS JOIN LATERAL (
        SELECT seq, payload, row_number() OVER (ORDER BY seq) AS place
        FROM ${this.entries} AS kept
        WHERE kept.lane = known.lane AND kept.seq > known.last_seq
        ORDER BY seq LIMIT ${perLane}) AS entry
      WHERE known.lane = ANY(${[...lanes]}::bigint[]) AND entry.seq = known.last_seq + entry.place
      ORDER BY known.lane, entry.seq LIMIT ${inAll}`;
    return rows.map(({ lane, seq, payload }) => ({ lane, seq: Number(seq), payload }));
  }

  /**
   * Moves lanes over events that are kept, forgets these and makes their jobs: one statement. A lane that is not where its
   * step begins stays as it is.
   */
  async follow(steps: readonly LaneStep[], jobs: readonly Job[]): Promise<void> {
    await this.database.queries.$executeRaw`
      WITH ${this.lockedSteps(steps)}, forgotten AS (
        DELETE FROM ${this.entries} AS kept USING locked
        WHERE kept.lane = locked.lane AND kept.seq <= locked.to_seq
        RETURNING kept.lane
      ), counted AS (SELECT lane, count(*)::int AS count FROM forgotten GROUP BY lane)
      ${this.making(jobs, Prisma.sql`locked`)}
      UPDATE ${this.lanes} AS known SET last_seq = locked.to_seq, kept = known.kept - counted.count
      FROM locked JOIN counted USING (lane)
      WHERE known.lane = locked.lane`;
  }

  /** Lanes of which events are kept: something before these is missing. */
  async waiting(): Promise<WaitingLane[]> {
    const rows = await this.database.queries.$queryRaw<(LaneRow & { first_kept: bigint })[]>`
      SELECT known.lane::text AS lane, known.last_seq, known.kept, first.seq AS first_kept
      FROM (SELECT * FROM ${this.lanes} WHERE kept > 0 ORDER BY lane LIMIT ${waitingLimit}) AS known
      CROSS JOIN LATERAL (
        SELECT seq FROM ${this.entries} AS entry WHERE entry.lane = known.lane ORDER BY seq LIMIT 1) AS first`;
    return rows.map(({ lane, last_seq, kept, first_kept }) => ({
      lane,
      lastSeq: Number(last_seq),
      kept,
      firstKept: Number(first_kept),
    }));
  }

  /** Lets a lane go on after `toSeq` without what came before it, unless something has changed since it was looked at. */
  async skip({ lane, lastSeq, kept }: LaneProgress, toSeq: number): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE ${this.lanes} SET last_seq = ${toSeq}
      WHERE lane = ${BigInt(lane)} AND last_seq = ${lastSeq} AND kept = ${kept}`;
  }

  private lockedSteps(steps: readonly LaneStep[], condition = Prisma.empty): Prisma.Sql {
    return Prisma.sql`
      step AS (
        SELECT * FROM unnest(
          ${steps.map(({ lane }) => lane)}::bigint[],
          ${steps.map(({ fromSeq }) => String(fromSeq))}::bigint[],
          ${steps.map(({ toSeq }) => String(toSeq))}::bigint[]) AS step(lane, from_seq, to_seq)
      ), locked AS MATERIALIZED (
        SELECT known.lane, step.to_seq FROM step JOIN ${this.lanes} AS known ON known.lane = step.lane
        WHERE known.last_seq = step.from_seq ${condition}
        ORDER BY known.lane
        FOR UPDATE OF known
      )`;
  }

  private making(jobs: readonly Job[], lanes = Prisma.sql`taken`): Prisma.Sql {
    return jobs.length === 0 ? Prisma.empty : Prisma.sql`, ${this.jobs.parts(jobs, lanes)}`;
  }
}
