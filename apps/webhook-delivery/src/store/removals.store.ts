import { Injectable } from '@nestjs/common';
import { NIL, v7 as uuidv7, parse } from 'uuid';
import { Prisma } from '#prisma/client.js';
import { Database } from '#platform/database/database.js';
import { LaneErasure } from '#platform/database/durable/lane-erasure.js';
import type { Queries } from '#platform/database/queries.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';

/** Rows deleted at once, so that no statement grows long. */
const portion = 5_000;
const ofEndpoints = ['delivery', 'delivery_lane', 'attempt', 'replay'].map((name) =>
  Prisma.raw(`webhook_delivery.${name}`),
);

/** Deletes what is not wanted any more, portion by portion. */
@Injectable()
export class RemovalsStore {
  private readonly lanes: LaneErasure;

  constructor(
    private readonly database: Database,
    private readonly requests: IdempotentRequests,
  ) {
    this.lanes = new LaneErasure(database, 'webhook_delivery', []);
  }

  /** Removes what deleted endpoints have left. */
  async removeDeleted(): Promise<void> {
    const rows = await this.database.queries.$queryRaw<{ id: string }[]>`
      SELECT id::text FROM webhook_delivery.webhook_endpoint WHERE deleted_at IS NOT NULL ORDER BY deleted_at`;
    for (const { id } of rows) while ((await this.removeOf(id)) > 0);
  }

  /**
   * Deletes a portion of what a deleted application has: its endpoints with all that they have, its requests, and how far
   * its conversations were taken over.
   *
   * @returns how many rows
   */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    const rows = await this.database.queries.$queryRaw<{ id: string }[]>`
      UPDATE webhook_delivery.webhook_endpoint SET deleted_at = coalesce(deleted_at, now()), version = version + 1
      WHERE application_id = ${applicationId} RETURNING id::text`;
    let removed = 0;
    for (const { id } of rows) removed += await this.removeOf(id);
    return removed + (await this.requests.forget(applicationId)) + (await this.lanes.erase(lanes));
  }

  /** Attempts that began longer ago than `retention` (ms). */
  async sweepAttempts(retention: number): Promise<void> {
    const bound = idOf(Date.now() - retention);
    await untilFew(
      () => this.database.queries.$executeRaw`
      DELETE FROM webhook_delivery.attempt WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_delivery.attempt WHERE id < ${bound}::uuid ORDER BY id LIMIT ${portion}
      ))`,
    );
  }

  /** Deliveries that were given up longer ago than `retention` (ms). */
  async sweepDead(retention: number): Promise<void> {
    await untilFew(
      () => this.database.queries.$executeRaw`
      DELETE FROM webhook_delivery.delivery WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_delivery.delivery
        WHERE state = 'dead' AND dead_at < now() - ${retention} * interval '1 millisecond'
        ORDER BY dead_at LIMIT ${portion}
      )) AND state = 'dead'`,
    );
  }

  /** Replays that began longer ago than `retention` (ms) and are over. */
  async sweepReplays(retention: number): Promise<void> {
    const bound = idOf(Date.now() - retention);
    await untilFew(
      () => this.database.queries.$executeRaw`
      DELETE FROM webhook_delivery.replay WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_delivery.replay WHERE id < ${bound}::uuid AND state <> 'running'
        ORDER BY id LIMIT ${portion}
      ))`,
    );
  }

  /**
   * A portion of what a deleted endpoint has, at last the endpoint itself. Whoever writes of an endpoint holds its state, so
   * what is seen while nobody does is all there is.
   *
   * @returns how many rows
   */
  private async removeOf(endpointId: string): Promise<number> {
    const removed = await removeRows(this.database.queries, endpointId);
    if (removed > 0) return removed;
    return this.database.transact(async (queries) => {
      await queries.$queryRaw`
        SELECT FROM webhook_delivery.endpoint_state WHERE endpoint_id = ${endpointId}::uuid FOR UPDATE`;
      const late = await removeRows(queries, endpointId);
      if (late >= portion) return late;
      const ends = await queries.$executeRaw`
        DELETE FROM webhook_delivery.webhook_endpoint WHERE id = ${endpointId}::uuid AND deleted_at IS NOT NULL`;
      return late + ends;
    });
  }
}

async function removeRows(queries: Queries, endpointId: string): Promise<number> {
  let removed = 0;
  for (const table of ofEndpoints)
    removed += await queries.$executeRaw`
      DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE endpoint_id = ${endpointId}::uuid LIMIT ${portion}
      ))`;
  return removed;
}

async function untilFew(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) >= portion);
}

/** Ids are in the order of time: the first one of that moment. @param at ms since the epoch */
function idOf(at: number): string {
  return uuidv7({ msecs: at, random: parse(NIL) });
}
