import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

/** A delivery as its owner may see it. `id` and `lane` are decimal strings (bigint). */
export interface ListedDelivery {
  readonly id: string;
  readonly lane: string;
  readonly eventId: string;
  readonly type: string;
  readonly payload: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly deadAt: Date | null;
  readonly batch: string | null;
  /** When its lane is due. */
  readonly dueAt: Date | null;
}

/** A place in the order in which deliveries wait. */
export interface WaitingPlace {
  readonly lane: string;
  readonly id: string;
}

const columns = Prisma.raw(`
  delivery.id::text, delivery.lane::text, delivery.event_id::text AS "eventId", delivery.type, delivery.payload,
  delivery.attempts, delivery.last_error AS "lastError", delivery.created_at AS "createdAt",
  delivery.dead_at AS "deadAt", delivery.batch::text`);

/** Smaller and greater than every id and lane. */
const [least, most] = ['-9223372036854775808', '9223372036854775807'];

/** What endpoints have still to get, or will not get any more, as their owners read it. */
@Injectable()
export class DeliveryListsStore {
  constructor(private readonly database: Database) {}

  /**
   * Those that were given up, the newest first. The endpoint is named by a range and a number stands in the statement: else
   * going by the ids of all endpoints together, or sorting all of one, seems to be as good.
   *
   * @param before only those of smaller ids; null: all
   */
  dead(endpointId: string, before: string | null, limit: number): Promise<ListedDelivery[]> {
    return this.database.queries.$queryRaw<ListedDelivery[]>`
      SELECT ${columns}, NULL::timestamptz AS "dueAt"
      FROM (
        SELECT id FROM webhook_delivery.delivery
        WHERE state = 'dead' AND endpoint_id >= ${endpointId}::uuid
          AND (endpoint_id, id) < (${endpointId}::uuid, ${before ?? most}::bigint)
        ORDER BY endpoint_id DESC, id DESC LIMIT ${Prisma.raw(String(limits.pageSize + 1))}
      ) AS listed
      CROSS JOIN LATERAL (
        SELECT * FROM webhook_delivery.delivery AS one WHERE one.id = listed.id OFFSET 0
      ) AS delivery
      ORDER BY delivery.id DESC LIMIT ${limit}`;
  }

  /** Those that wait, lane by lane, by their order within each. @param after only those behind; null: all */
  pending(endpointId: string, after: WaitingPlace | null, limit: number): Promise<ListedDelivery[]> {
    const { lane, id } = after ?? { lane: least, id: least };
    return this.database.queries.$queryRaw<ListedDelivery[]>`
      SELECT ${columns}, known.due_at AS "dueAt"
      FROM (
        SELECT * FROM webhook_delivery.delivery
        WHERE endpoint_id = ${endpointId}::uuid AND state = 'pending' AND (lane, id) > (${lane}::bigint, ${id}::bigint)
        ORDER BY lane, id LIMIT ${limit}
      ) AS delivery
      LEFT JOIN LATERAL (
        SELECT lane.due_at FROM webhook_delivery.delivery_lane AS lane
        WHERE lane.endpoint_id = delivery.endpoint_id AND lane.lane = delivery.lane OFFSET 0
      ) AS known ON true
      ORDER BY delivery.lane, delivery.id`;
  }
}
