import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isGiven } from './broadcasts.store.js';

/** A user has got every broadcast up to this number. */
interface Given {
  readonly applicationId: string;
  readonly userId: string;
  readonly number: number;
}

/** A session whose gateway was lost, and since when it was connected. */
interface Lost {
  readonly applicationId: string;
  readonly userId: string;
  readonly connectedAt: Date;
}

/**
 * What a gateway gave its clients so long before it was last heard of, they have got: more than a client that is gone may seem
 * to be there (45 s), and than a commit and its publishing take.
 */
const certainAfter = Prisma.sql`interval '90 seconds'`;

/** The last number that was given in an application. */
export function headOfBroadcasts(applicationId: string): Prisma.Sql {
  return Prisma.sql`coalesce((
    SELECT last_number FROM conversation.broadcast_counter WHERE application_id = ${applicationId}), 0)`;
}

/** The cursor of somebody who logs in for the first time: the last one that is still given to users comes after it. */
export function cursorOfFirstLogin(applicationId: string): Prisma.Sql {
  return Prisma.sql`coalesce((
    SELECT broadcast.number - 1 FROM conversation.broadcast
    WHERE broadcast.application_id = ${applicationId} AND ${isGiven}
    ORDER BY broadcast.number DESC LIMIT 1), ${headOfBroadcasts(applicationId)})`;
}

/** Up to which of their application's broadcasts users were given all. Numbers only grow, so order makes no difference. */
@Injectable()
export class BroadcastCursorsStore {
  constructor(private readonly database: Database) {}

  async give(given: readonly Given[]): Promise<void> {
    if (given.length === 0) return;
    // Locked in one order: two gateways may tell of the same users.
    await this.database.client.$executeRaw`
      WITH given AS MATERIALIZED (
        SELECT application_id, user_id, max(number) AS number FROM unnest(
          ${given.map(({ applicationId }) => applicationId)}::text[],
          ${given.map(({ userId }) => userId)}::text[],
          ${given.map(({ number }) => String(number))}::bigint[]
        ) AS given(application_id, user_id, number)
        GROUP BY application_id, user_id
      ), locked AS MATERIALIZED (
        SELECT holder.application_id, holder.id, given.number
        FROM given
        JOIN conversation."user" AS holder ON holder.application_id = given.application_id AND holder.id = given.user_id
        WHERE holder.broadcast_cursor < given.number
        ORDER BY holder.application_id, holder.id
        FOR NO KEY UPDATE OF holder
      )
      UPDATE conversation."user" AS holder SET broadcast_cursor = greatest(holder.broadcast_cursor, locked.number)
      FROM locked WHERE holder.application_id = locked.application_id AND holder.id = locked.id`;
  }

  /** The same for those whose gateway is gone and tells nothing any more. */
  async giveLost(incarnation: string, lost: readonly Lost[]): Promise<void> {
    const applicationIds = [...new Set(lost.map(({ applicationId }) => applicationId))];
    const rows = await this.database.client.$queryRaw<
      { application_id: string; certain_until: Date; number: bigint | null }[]
    >`
      SELECT application.id AS application_id, lease.renewed_at - ${certainAfter} AS certain_until, (
        SELECT broadcast.number FROM conversation.broadcast
        WHERE broadcast.application_id = application.id AND broadcast.created_at < lease.renewed_at - ${certainAfter}
        ORDER BY broadcast.number DESC LIMIT 1
      ) AS number
      FROM conversation.gateway_lease AS lease CROSS JOIN unnest(${applicationIds}::text[]) AS application(id)
      WHERE lease.incarnation = ${incarnation}::uuid`;
    const given = rows.flatMap(({ application_id: id, certain_until: certainUntil, number }) =>
      number === null
        ? []
        : lost
            .filter(({ applicationId, connectedAt }) => applicationId === id && connectedAt < certainUntil)
            .map(({ applicationId, userId }) => ({ applicationId, userId, number: Number(number) })),
    );
    await this.give(given);
  }
}
