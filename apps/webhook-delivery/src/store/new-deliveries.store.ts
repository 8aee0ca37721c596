import { Injectable } from '@nestjs/common';
import { Prisma } from '#prisma/client.js';
import type { JobParts } from '#platform/database/durable/inbox-table.js';

/** What an endpoint is to get. `lane` and `conversationKey` are decimal strings (bigint). */
export interface NewDelivery {
  readonly endpointId: string;
  /** Deliveries of one lane are sent in order: a conversation's key; '0': of the endpoint itself. */
  readonly lane: string;
  readonly conversationKey: string;
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly payload: string;
}

/**
 * Deliveries of events that the inbox takes over, and their lanes.
 *
 * Ids are drawn while the inbox's lane is locked, so within a conversation they ascend with seq, and become visible in that
 * order. Whoever adds to a lane gives it a version that no lane ever had: whoever has emptied it, however long ago, finds it
 * other than it was, and leaves it.
 */
@Injectable()
export class NewDeliveries implements JobParts<NewDelivery> {
  parts(deliveries: readonly NewDelivery[], lanes: Prisma.Sql): Prisma.Sql {
    const endpointIds = [...new Set(deliveries.map(({ endpointId }) => endpointId))];
    return Prisma.sql`
      present AS MATERIALIZED (${presentEndpoints(endpointIds)}), made AS (
        INSERT INTO webhook_delivery.delivery (endpoint_id, lane, conversation_key, seq, event_id, type, payload)
        SELECT endpoint_id, lane, conversation_key, seq, event_id, type, payload FROM ${wantedOf(deliveries)}
        WHERE conversation_key IN (SELECT lane FROM ${lanes}) AND endpoint_id IN (SELECT endpoint_id FROM present)
        ORDER BY place
        ON CONFLICT (endpoint_id, event_id) DO NOTHING
        RETURNING endpoint_id, lane
      ), opened AS (${openedLanes('made')})`;
  }
}

/** The relation `wanted`: deliveries, as columns of their table, and `place` in the order given. */
export function wantedOf(deliveries: readonly NewDelivery[]): Prisma.Sql {
  return Prisma.sql`unnest(
    ${deliveries.map(({ endpointId }) => endpointId)}::uuid[],
    ${deliveries.map(({ lane }) => lane)}::bigint[],
    ${deliveries.map(({ conversationKey }) => conversationKey)}::bigint[],
    ${deliveries.map(({ seq }) => String(seq))}::bigint[],
    ${deliveries.map(({ eventId }) => eventId)}::uuid[],
    ${deliveries.map(({ type }) => type)}::text[],
    ${deliveries.map(({ payload }) => payload)}::text[])
    WITH ORDINALITY AS wanted(endpoint_id, lane, conversation_key, seq, event_id, type, payload, place)`;
}

/**
 * Endpoints that are still there, and stay until this transaction ends: nothing is written of one that is gone. In order, so
 * that nobody waits in a circle.
 */
export function presentEndpoints(endpointIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT endpoint_id FROM webhook_delivery.endpoint_state
    WHERE endpoint_id = ANY (${[...endpointIds]}::uuid[]) ORDER BY endpoint_id FOR KEY SHARE`;
}

/**
 * Opens the lanes (endpoint_id, lane) of deliveries that were added. A lane that waits goes on waiting.
 *
 * @param added a name from code, never from input
 */
export function openedLanes(added: string): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane)
    SELECT DISTINCT endpoint_id, lane FROM ${Prisma.raw(added)} ORDER BY 1, 2
    ON CONFLICT (endpoint_id, lane) DO UPDATE SET version = excluded.version`;
}
