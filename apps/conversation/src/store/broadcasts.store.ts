import { Injectable } from '@nestjs/common';
import type { LiveBroadcast } from '#contracts/broadcasts.js';
import { limits } from '#contracts/limits.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { eventColumns, fitting, isUnexpired, liveEventOf, type EventRow } from './event-row.js';

export interface NewBroadcast {
  readonly applicationId: string;
  readonly conversationKey: bigint;
  readonly seq: number;
  readonly validTill: Date;
}

/** Which of an application's broadcasts are wanted. */
export interface BroadcastsQuery {
  readonly applicationId: string;
  /** Those of this conversation; null: of all. */
  readonly conversationKey: bigint | null;
  /** Exclusive; null: from the newest one on. */
  readonly before: bigint | null;
  readonly limit: number;
}

interface BroadcastRow extends EventRow {
  readonly number: bigint;
  readonly valid_till: Date;
}

/** A row of `broadcast`, whatever has become of its event. */
type Looked = BroadcastRow | { readonly number: bigint; readonly id: null };

const sweptAtOnce = 1_000;

/**
 * Whether a broadcast is still given to anybody; PostgreSQL's clock alone decides. A difference, so that the index by this
 * time is no choice: it has another order than the numbers, and all that are valid would be read and sorted.
 */
const isValid = Prisma.sql`broadcast.valid_till - statement_timestamp() > interval '0'`;

/** The event of the row `broadcast`, unless it, or its service, was deleted, or it was recalled. */
const fromItsEvent = Prisma.sql`
  FROM conversation.event
  JOIN conversation.conversation ON conversation.key = event.conversation_key
  JOIN conversation.conversation_head AS head ON head.conversation_key = event.conversation_key
  WHERE event.conversation_key = broadcast.conversation_key AND event.seq = broadcast.seq
    AND event.seq >= conversation.first_seq AND event.recalled_at IS NULL AND ${isUnexpired}
    AND head.state <> 'deleted'
  OFFSET 0`;

const itsEvent = Prisma.sql`LEFT JOIN LATERAL (SELECT ${eventColumns} ${fromItsEvent}) AS its ON true`;

/** Whether the row `broadcast` is still given to users. */
export const isGiven = Prisma.sql`${isValid} AND EXISTS (SELECT ${fromItsEvent})`;

/** Messages of services for all users of an application. */
@Injectable()
export class BroadcastsStore {
  constructor(private readonly database: Database) {}

  /**
   * Until when one would be given to users that is sent now.
   *
   * @param wanted ms since the epoch; null: as long as may be
   * @returns null when that is over already, or too far away
   */
  async validTill(transaction: Transaction, wanted: number | null): Promise<Date | null> {
    const rows = await transaction.$queryRaw<{ valid_till: Date }[]>`
      SELECT least(wanted.asked, wanted.latest) AS valid_till
      FROM (
        SELECT coalesce('epoch'::timestamptz + ${wanted}::float8 * interval '1 millisecond', latest) AS asked, latest FROM (
          SELECT date_trunc('milliseconds', statement_timestamp())
            + ${limits.broadcastValidity}::float8 * interval '1 millisecond' AS latest
        ) AS clock
      ) AS wanted
      WHERE wanted.asked > statement_timestamp()
        AND wanted.asked <= wanted.latest + ${limits.clockTolerance}::float8 * interval '1 millisecond'`;
    return rows[0]?.valid_till ?? null;
  }

  /** The head must be locked: it comes before the counter. @returns its number */
  async add(transaction: Transaction, broadcast: NewBroadcast): Promise<number> {
    const { applicationId, conversationKey, seq, validTill } = broadcast;
    const [row] = await transaction.$queryRaw<{ number: bigint }[]>`
      WITH counted AS (
        INSERT INTO conversation.broadcast_counter AS counter (application_id, last_number)
        VALUES (${applicationId}, 1)
        ON CONFLICT (application_id) DO UPDATE SET last_number = counter.last_number + 1
        RETURNING last_number
      )
      INSERT INTO conversation.broadcast (application_id, number, conversation_key, seq, valid_till)
      SELECT ${applicationId}, last_number, ${conversationKey}, ${seq}, ${validTill}::timestamptz FROM counted
      RETURNING number`;
    if (row === undefined) throw new Error('A broadcast has got no number');
    return Number(row.number);
  }

  /** The newest first. @returns `next`: what to ask for before, null at the end */
  async list(query: BroadcastsQuery): Promise<{ broadcasts: LiveBroadcast[]; next: bigint | null }> {
    const { applicationId, conversationKey, before, limit } = query;
    // Each by an index of its own; within a conversation numbers and seq have the same order.
    const [wanted, position] =
      conversationKey === null
        ? [Prisma.sql`broadcast.application_id = ${applicationId}`, Prisma.sql`broadcast.number`]
        : [Prisma.sql`broadcast.conversation_key = ${conversationKey}`, Prisma.sql`broadcast.seq`];
    const rows = await this.database.client.$queryRaw<(Looked & { position: bigint })[]>`
      SELECT broadcast.number, broadcast.valid_till, broadcast.position, its.*
      FROM (
        SELECT broadcast.*, ${position} AS position FROM conversation.broadcast
        WHERE ${wanted} AND ${isValid} AND (${before}::bigint IS NULL OR ${position} < ${before}::bigint)
        ORDER BY ${position} DESC LIMIT ${limit + 1}
      ) AS broadcast ${itsEvent}
      ORDER BY broadcast.position DESC`;
    const shown = fitting(rows.slice(0, limit));
    const next = shown.length < rows.length ? (shown.at(-1)?.position ?? null) : null;
    return { broadcasts: broadcastsOf(shown), next };
  }

  /**
   * Those after a number that are still given to somebody, in order.
   *
   * @param newest no more than so many of the newest; null: all
   * @returns everything up to `read` has been considered; `head` is the last number that there was before
   */
  async after(
    applicationId: string,
    after: number,
    limit: number,
    newest: number | null,
  ): Promise<{ broadcasts: LiveBroadcast[]; read: number; head: number }> {
    // Before the rows: whatever has a number up to it is committed.
    const [[, head] = [applicationId, 0]] = await this.heads([applicationId]);
    const from = newest === null ? after : Math.max(after, await this.beyond(applicationId, after, newest));
    const rows = await this.database.client.$queryRaw<Looked[]>`
      SELECT broadcast.number, broadcast.valid_till, its.*
      FROM (
        SELECT * FROM conversation.broadcast
        WHERE application_id = ${applicationId} AND number > ${from} AND ${isValid}
        ORDER BY number LIMIT ${limit}
      ) AS broadcast ${itsEvent}
      ORDER BY broadcast.number`;
    const shown = fitting(rows);
    const isCut = shown.length < rows.length || rows.length === limit;
    const last = Number(shown.at(-1)?.number ?? from);
    return { broadcasts: broadcastsOf(shown), read: isCut ? last : Math.max(last, head), head };
  }

  /** The last numbers of these applications. */
  async heads(applicationIds: readonly string[]): Promise<[string, number][]> {
    const rows = await this.database.client.$queryRaw<{ application_id: string; last_number: bigint }[]>`
      SELECT application_id, last_number FROM conversation.broadcast_counter
      WHERE application_id = ANY(${[...applicationIds]}::text[])`;
    return rows.map((row) => [row.application_id, Number(row.last_number)]);
  }

  /** Where a broadcast stands that has neither expired nor been deleted. */
  async find(
    applicationId: string,
    eventId: string,
    transaction: Transaction = this.database.client,
  ): Promise<{ conversationId: string; seq: number } | null> {
    const rows = await transaction.$queryRaw<{ conversation_id: string; seq: bigint }[]>`
      SELECT conversation.id AS conversation_id, broadcast.seq
      FROM conversation.event
      JOIN conversation.broadcast
        ON broadcast.conversation_key = event.conversation_key AND broadcast.seq = event.seq
      JOIN conversation.conversation ON conversation.key = event.conversation_key
      JOIN conversation.conversation_head AS head ON head.conversation_key = event.conversation_key
      WHERE event.id = ${eventId}::uuid AND broadcast.application_id = ${applicationId} AND ${isValid}
        AND head.state <> 'deleted'`;
    const [row] = rows;
    return row === undefined ? null : { conversationId: row.conversation_id, seq: Number(row.seq) };
  }

  async delete(transaction: Transaction, conversationKey: bigint, seq: number): Promise<void> {
    await transaction.$executeRaw`
      DELETE FROM conversation.broadcast WHERE conversation_key = ${conversationKey} AND seq = ${seq}`;
  }

  /** A portion of those that nobody is given any more. @returns how many */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.broadcast WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM conversation.broadcast WHERE valid_till <= statement_timestamp()
        ORDER BY valid_till LIMIT ${sweptAtOnce} FOR UPDATE SKIP LOCKED
      ))`;
  }

  /**
   * The number of the newest one that is too much when only so many of the newest are wanted; `after` when none is. Step by
   * step: asked for that place at once, PostgreSQL may read and sort all that there are.
   */
  private async beyond(applicationId: string, after: number, newest: number): Promise<number> {
    const next = (before: Prisma.Sql): Prisma.Sql => Prisma.sql`(
      SELECT broadcast.number FROM conversation.broadcast
      WHERE broadcast.application_id = ${applicationId} AND broadcast.number > ${after} AND ${before} AND ${isValid}
      ORDER BY broadcast.number DESC LIMIT 1)`;
    const rows = await this.database.client.$queryRaw<{ number: bigint }[]>`
      WITH RECURSIVE step(number, place) AS (
        SELECT ${next(Prisma.sql`true`)}, 0
        UNION ALL
        SELECT ${next(Prisma.sql`broadcast.number < step.number`)}, place + 1
        FROM step WHERE place < ${newest} AND step.number IS NOT NULL
      )
      SELECT number FROM step WHERE place = ${newest} AND number IS NOT NULL`;
    return Number(rows[0]?.number ?? after);
  }
}

function broadcastsOf(rows: readonly Looked[]): LiveBroadcast[] {
  return rows.flatMap((row) =>
    row.id === null
      ? []
      : [{ number: Number(row.number), validTill: row.valid_till.getTime(), live: liveEventOf(row) }],
  );
}
