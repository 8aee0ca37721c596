import { Injectable } from '@nestjs/common';
import type { Replay } from '#contracts/webhooks/replays.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma, type WebhookReplay } from '#prisma/client.js';
import { commonLane } from './deliveries.store.js';
import type { StoredEndpoint } from './endpoints.store.js';
import { openedLanes, presentEndpoints, wantedOf, type NewDelivery } from './new-deliveries.store.js';

export type StoredReplay = WebhookReplay;

/** A replay that is somebody's turn. */
export interface RunningReplay {
  readonly id: string;
  readonly endpointId: string;
  readonly what: Replay['what'];
  readonly conversationId: string | null;
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Where it goes on; null: it begins. */
  readonly cursor: string | null;
}

/** A delivery that was given up. */
export interface DeadDelivery {
  readonly id: string;
  /** Null unless it was asked for. */
  readonly payload: string | null;
  /** Made in the time of the replay, and given up before that was asked for. */
  readonly is_meant: boolean;
}

/** How far a replay has come with a portion. */
export interface Progress {
  readonly looked: number;
  /** Null: that was all. */
  readonly cursor: string | null;
}

/** Deliveries begin anew, wherever they were. */
const anew = Prisma.sql`state = 'pending', attempts = 0, batch = NULL, last_error = NULL, dead_at = NULL`;

/**
 * Replays, and the deliveries that they make. A portion is one statement: deliveries and how far the replay has come are
 * stored together or not at all, and only by whoever knew where it was. So two who work on the same one do nothing twice.
 */
@Injectable()
export class ReplaysStore {
  constructor(private readonly database: Database) {}

  async isRunning(transaction: Transaction, endpointId: string): Promise<boolean> {
    const found = await transaction.webhookReplay.findFirst({ where: { endpointId, state: 'running' } });
    return found !== null;
  }

  insert(
    transaction: Transaction,
    replay: Pick<WebhookReplay, 'id' | 'endpointId' | 'what' | 'fromAt' | 'toAt' | 'conversationId'>,
  ): Promise<WebhookReplay> {
    return transaction.webhookReplay.create({ data: replay });
  }

  find(endpointId: string, id: string): Promise<WebhookReplay | null> {
    return this.database.client.webhookReplay.findUnique({ where: { id, endpointId } });
  }

  /** Newest first. @param before the id of the last one of the page before */
  list(endpointId: string, before: string | null, limit: number): Promise<WebhookReplay[]> {
    return this.database.client.webhookReplay.findMany({
      where: { endpointId, ...(before !== null && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }

  async cancel(endpointId: string, id: string): Promise<void> {
    await this.database.client.webhookReplay.updateMany({
      where: { id, endpointId, state: 'running' },
      data: { state: 'cancelled', finishedAt: new Date() },
    });
  }

  /** Of those that nobody works on, the one that has waited longest. It is this caller's for `lease` ms. */
  async take(lease: number): Promise<RunningReplay | null> {
    const rows = await this.database.queries.$queryRaw<
      (Omit<RunningReplay, 'from' | 'to'> & { readonly from: Date; readonly to: Date })[]
    >`
      UPDATE webhook_delivery.replay AS known SET leased_until = now() + ${lease}::float8 * interval '1 millisecond'
      WHERE known.id = (
        SELECT id FROM webhook_delivery.replay
        WHERE state = 'running' AND coalesce(leased_until, '-infinity') <= now()
        ORDER BY leased_until NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING known.id::text, known.endpoint_id::text AS "endpointId", known.what,
        known.conversation_id AS "conversationId", known.from_at AS "from", known.to_at AS "to", known.cursor`;
    const [row] = rows;
    return row === undefined ? null : { ...row, from: row.from.getTime(), to: row.to.getTime() };
  }

  /** Nobody works on it for so long (ms). */
  async leave(id: string, duration: number): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE webhook_delivery.replay SET leased_until = now() + ${duration}::float8 * interval '1 millisecond'
      WHERE id = ${id}::uuid`;
  }

  /** Whether fewer than so many deliveries wait for the endpoint. */
  async hasRoom(endpointId: string, most: number): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<unknown[]>`
      SELECT FROM webhook_delivery.delivery WHERE endpoint_id = ${endpointId}::uuid AND state = 'pending'
      ORDER BY lane, id OFFSET ${most - 1} LIMIT 1`;
    return rows.length === 0;
  }

  /**
   * The next deliveries of the endpoint that were given up, at most so many, whether or not the replay means them. The endpoint
   * is named by a range: else all deliveries that there are would be gone through by their ids.
   */
  dead(
    { id, endpointId, conversationId, from, to, cursor }: RunningReplay,
    most: number,
  ): Promise<DeadDelivery[]> {
    return this.database.queries.$queryRaw`
      SELECT delivery.id::text, CASE WHEN ${conversationId === null} THEN NULL ELSE delivery.payload END AS payload,
        delivery.created_at >= ${new Date(from)} AND delivery.created_at < ${new Date(to)}
          AND delivery.dead_at <= (SELECT created_at FROM webhook_delivery.replay WHERE id = ${id}::uuid) AS is_meant
      FROM webhook_delivery.delivery
      WHERE state = 'dead' AND endpoint_id <= ${endpointId}::uuid
        AND (endpoint_id, delivery.id) > (${endpointId}::uuid, ${cursor ?? '0'}::bigint)
      ORDER BY endpoint_id, delivery.id LIMIT ${most}`;
  }

  /** Has deliveries that were given up sent again. @returns how many, or null when somebody else was faster */
  revive(
    replay: RunningReplay,
    { ordering }: Pick<StoredEndpoint, 'ordering'>,
    ids: readonly string[],
    progress: Progress,
  ): Promise<number | null> {
    const made = Prisma.sql`
      UPDATE webhook_delivery.delivery AS known
      SET id = fresh.id, lane = ${laneNow(ordering)}, ${anew}
      FROM (
        SELECT former, nextval('webhook_delivery.delivery_id_seq') AS id FROM (
          SELECT former FROM replaying, unnest(${[...ids]}::bigint[]) WITH ORDINALITY AS dead(former, place) ORDER BY place
        ) AS ordered
      ) AS fresh
      WHERE known.id = fresh.former AND known.state = 'dead'
      RETURNING known.endpoint_id, known.lane`;
    return this.advance(replay, made, progress);
  }

  /** Has events sent. Those that wait already go on waiting. @returns as `revive` */
  queue(
    replay: RunningReplay,
    deliveries: readonly NewDelivery[],
    progress: Progress,
  ): Promise<number | null> {
    const isUntaken = Prisma.sql`NOT EXISTS (
      SELECT FROM webhook_delivery.attempt
      WHERE attempt.endpoint_id = ${replay.endpointId}::uuid AND attempt.event_id = wanted.event_id
        AND attempt.outcome = 'succeeded' AND NOT attempt.test)`;
    const condition = replay.what === 'missing' ? isUntaken : Prisma.sql`true`;
    return this.advance(replay, insertedOf(deliveries, Prisma.sql`replaying`, condition), progress);
  }

  /** Has one event sent that was given up. @returns whether it was */
  async reviveEvent({ id, ordering }: StoredEndpoint, eventId: string): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<{ count: bigint }[]>`
      WITH present AS MATERIALIZED (${presentEndpoints([id])}), made AS (
        UPDATE webhook_delivery.delivery
        SET id = nextval('webhook_delivery.delivery_id_seq'), lane = ${laneNow(ordering)}, ${anew}
        WHERE endpoint_id = (SELECT endpoint_id FROM present) AND event_id = ${eventId}::uuid AND state = 'dead'
        RETURNING endpoint_id, lane
      ), opened AS (${openedLanes('made')})
      SELECT count(*) FROM made`;
    return rows[0]?.count === 1n;
  }

  /**
   * When one event waits already, its lane's turn is now, and that of all with which it failed together.
   *
   * @returns whether it waits
   */
  async hasten(endpointId: string, eventId: string): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<{ count: bigint }[]>`
      WITH waiting AS MATERIALIZED (
        SELECT lane, batch FROM webhook_delivery.delivery
        WHERE endpoint_id = ${endpointId}::uuid AND event_id = ${eventId}::uuid AND state = 'pending'
      ), hastened AS (
        UPDATE webhook_delivery.delivery_lane SET due_at = now()
        WHERE endpoint_id = ${endpointId}::uuid AND due_at > now() AND lane = ANY (ARRAY(
          SELECT lane FROM waiting UNION ALL
          SELECT member.lane FROM waiting JOIN webhook_delivery.delivery AS member ON member.batch = waiting.batch
          WHERE member.endpoint_id = ${endpointId}::uuid AND member.state = 'pending'))
      )
      SELECT count(*) FROM waiting`;
    return rows[0]?.count === 1n;
  }

  /** Has one event sent. @returns whether it did not wait already */
  async queueEvent(delivery: NewDelivery): Promise<boolean> {
    const rows = await this.database.queries.$queryRaw<{ count: bigint }[]>`
      WITH present AS MATERIALIZED (${presentEndpoints([delivery.endpointId])}),
      made AS (${insertedOf([delivery], Prisma.sql`present`, Prisma.sql`true`)}),
      opened AS (${openedLanes('made')})
      SELECT count(*) FROM made`;
    return rows[0]?.count === 1n;
  }

  /** @param made a statement that answers the lanes (endpoint_id, lane) of what was added, if `replaying` has a row */
  private async advance(
    { id, endpointId, cursor }: RunningReplay,
    made: Prisma.Sql,
    progress: Progress,
  ): Promise<number | null> {
    const isOver = progress.cursor === null;
    const rows = await this.database.queries.$queryRaw<{ count: bigint }[]>`
      WITH present AS MATERIALIZED (${presentEndpoints([endpointId])}), replaying AS MATERIALIZED (
        SELECT id FROM webhook_delivery.replay
        WHERE id = ${id}::uuid AND state = 'running' AND cursor IS NOT DISTINCT FROM ${cursor}::text
          AND EXISTS (SELECT FROM present)
        FOR UPDATE
      ), made AS (${made}), opened AS (${openedLanes('made')})
      UPDATE webhook_delivery.replay AS known
      SET cursor = ${progress.cursor}::text, looked = known.looked + ${progress.looked}::int,
        queued = known.queued + (SELECT count(*) FROM made), leased_until = now(),
        state = ${isOver ? 'done' : 'running'}, finished_at = CASE WHEN ${isOver} THEN now() END
      FROM replaying WHERE known.id = replaying.id
      RETURNING (SELECT count(*) FROM made)`;
    const [row] = rows;
    return row === undefined ? null : Number(row.count);
  }
}

/** Where a delivery of a conversation belongs by the order that holds now. */
function laneNow(ordering: StoredEndpoint['ordering']): Prisma.Sql {
  return ordering === 'conversation'
    ? Prisma.sql`coalesce(conversation_key, ${commonLane}::bigint)`
    : Prisma.sql`${commonLane}::bigint`;
}

/** @param source a relation of one row while there is something to add for */
function insertedOf(
  deliveries: readonly NewDelivery[],
  source: Prisma.Sql,
  condition: Prisma.Sql,
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO webhook_delivery.delivery AS known (endpoint_id, lane, conversation_key, seq, event_id, type, payload)
    SELECT wanted.endpoint_id, lane, conversation_key, seq, event_id, type, payload
    FROM ${source}, ${wantedOf(deliveries)} WHERE ${condition} ORDER BY place
    ON CONFLICT (endpoint_id, event_id) DO UPDATE
    SET id = excluded.id, lane = excluded.lane, payload = excluded.payload, ${anew}
    WHERE known.state = 'dead'
    RETURNING known.endpoint_id, known.lane`;
}
