import { Prisma } from '#prisma/client.js';
import type { Transaction } from '../database.js';

/** One event on its way through the inbox. `lane` is a decimal string (bigint), `seq` counts within the lane from 1. */
export interface InboxEntry {
  readonly lane: string;
  readonly seq: number;
  readonly payload: string;
}

/** A lane's last seq that has become jobs. */
export interface LaneProgress {
  readonly lane: string;
  readonly lastSeq: number;
}

interface LaneRow {
  lane: bigint;
  last_seq: bigint;
}

interface EntryRow {
  lane: bigint;
  seq: bigint;
  payload: string;
}

/** The tables inbox_lane and inbox_entry of one schema. */
export class InboxTable {
  private readonly lanes: Prisma.Sql;
  private readonly entries: Prisma.Sql;

  /** @param schema a name from code, never from input: it becomes part of the statements */
  constructor(schema: string) {
    this.lanes = Prisma.raw(`"${schema}"."inbox_lane"`);
    this.entries = Prisma.raw(`"${schema}"."inbox_entry"`);
  }

  /**
   * Locks the lanes until the transaction ends, creating those that are new with last seq 0. In ascending order, so that
   * two transactions cannot wait for each other; by an upsert, so that one statement does it and sees the latest row.
   */
  async lock(transaction: Transaction, lanes: readonly string[]): Promise<LaneProgress[]> {
    const rows = await transaction.$queryRaw<LaneRow[]>`
      INSERT INTO ${this.lanes} AS known (lane, last_seq)
      SELECT lane, 0 FROM unnest(${lanes.map(BigInt)}::bigint[]) AS wanted(lane) ORDER BY lane
      ON CONFLICT (lane) DO UPDATE SET last_seq = known.last_seq
      RETURNING lane, last_seq`;
    return rows.map(({ lane, last_seq }) => ({ lane: lane.toString(), lastSeq: Number(last_seq) }));
  }

  /** Keeps events that arrived before one of their predecessors. */
  async keep(transaction: Transaction, entries: readonly InboxEntry[]): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO ${this.entries} (lane, seq, payload)
      SELECT * FROM unnest(
        ${entries.map(({ lane }) => BigInt(lane))}::bigint[],
        ${entries.map(({ seq }) => BigInt(seq))}::bigint[],
        ${entries.map(({ payload }) => payload)}::text[])
      ON CONFLICT (lane, seq) DO NOTHING`;
  }

  /** Kept events that follow a lane's progress without a gap, in order, at most `limit` per lane. */
  async following(
    transaction: Transaction,
    progress: readonly LaneProgress[],
    limit: number,
  ): Promise<InboxEntry[]> {
    const rows = await transaction.$queryRaw<EntryRow[]>`
      SELECT position.lane, entry.seq, entry.payload
      FROM unnest(
        ${progress.map(({ lane }) => BigInt(lane))}::bigint[],
        ${progress.map(({ lastSeq }) => BigInt(lastSeq))}::bigint[]) AS position(lane, last_seq)
      CROSS JOIN LATERAL (
        SELECT seq, payload, row_number() OVER (ORDER BY seq) AS place
        FROM ${this.entries} AS kept
        WHERE kept.lane = position.lane AND kept.seq > position.last_seq
        ORDER BY seq LIMIT ${limit}) AS entry
      WHERE entry.seq = position.last_seq + entry.place
      ORDER BY position.lane, entry.seq`;
    return rows.map(({ lane, seq, payload }) => ({ lane: lane.toString(), seq: Number(seq), payload }));
  }

  /** Records progress and forgets the kept events up to it. */
  async advance(transaction: Transaction, progress: readonly LaneProgress[]): Promise<void> {
    const lanes = progress.map(({ lane }) => BigInt(lane));
    const last = progress.map(({ lastSeq }) => BigInt(lastSeq));
    await transaction.$executeRaw`
      WITH progress AS (
        SELECT * FROM unnest(${lanes}::bigint[], ${last}::bigint[]) AS position(lane, last_seq)
      ), forgotten AS (
        DELETE FROM ${this.entries} AS kept USING progress
        WHERE kept.lane = progress.lane AND kept.seq <= progress.last_seq
      )
      UPDATE ${this.lanes} AS known SET last_seq = progress.last_seq
      FROM progress WHERE known.lane = progress.lane`;
  }

  /** Lanes of which no event has become a job yet although some are kept. */
  async unbegun(transaction: Transaction): Promise<string[]> {
    const rows = await transaction.$queryRaw<{ lane: bigint }[]>`
      SELECT lane FROM ${this.lanes} AS known
      WHERE last_seq = 0 AND EXISTS (SELECT 1 FROM ${this.entries} AS kept WHERE kept.lane = known.lane)`;
    return rows.map(({ lane }) => lane.toString());
  }

  /** Lets unbegun lanes begin at the first event kept. The caller holds their locks. */
  async beginAtFirstKept(transaction: Transaction, lanes: readonly string[]): Promise<void> {
    await transaction.$executeRaw`
      UPDATE ${this.lanes} AS known SET last_seq = first.seq - 1
      FROM (
        SELECT lane, min(seq) AS seq FROM ${this.entries}
        WHERE lane = ANY(${lanes.map(BigInt)}::bigint[]) GROUP BY lane) AS first
      WHERE known.lane = first.lane AND known.last_seq = 0`;
  }
}
