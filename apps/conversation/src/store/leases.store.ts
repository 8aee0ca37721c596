import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

/** That a row `lease` of gateway_lease still holds. What is void stays void, even if nobody has written it down yet. */
export const isLiving = Prisma.sql`lease.voided_at IS NULL
  AND lease.renewed_at > now() - ${limits.leaseDuration}::float8 * interval '1 millisecond'`;

const outboxEnd = Prisma.sql`coalesce((SELECT max(number) FROM conversation.outbox_entry), 0)`;

/**
 * Leases of gateways: one row per life of a process. They remember how far the outbox had come at the renewal before the
 * last: what was stored under higher numbers may have been committed after the gateway's death.
 */
@Injectable()
export class LeasesStore {
  constructor(private readonly database: Database) {}

  /**
   * Takes a lease that was not there, keeps one that holds from `askedAt` on (ms, by the database's clock; null: as it is).
   *
   * @returns whether it is held, and the database's clock
   */
  async renew(incarnation: string, askedAt: number | null): Promise<{ isHeld: boolean; now: number }> {
    const asked = askedAt === null ? null : new Date(askedAt);
    // Every replica hears of every renewal, and some are repeated: only one of them is the next.
    const isNext = Prisma.sql`${asked}::timestamptz > lease.renewed_at + interval '1 second'`;
    const [row] = await this.database.client.$queryRaw<{ isHeld: boolean; now: Date }[]>`
      WITH held AS (
        INSERT INTO conversation.gateway_lease AS lease (incarnation, outbox_number, missed_number)
        VALUES (${incarnation}::uuid, ${outboxEnd}, ${outboxEnd})
        ON CONFLICT (incarnation) DO UPDATE SET
          renewed_at = greatest(lease.renewed_at, ${asked}::timestamptz),
          outbox_number = CASE WHEN ${isNext} THEN excluded.outbox_number ELSE lease.outbox_number END,
          missed_number = CASE WHEN ${isNext} THEN lease.outbox_number ELSE lease.missed_number END
          WHERE ${isLiving}
        RETURNING incarnation
      )
      SELECT EXISTS (SELECT FROM held) AS "isHeld", now() AS now`;
    if (row === undefined) throw new Error('A statement that always answers a row has answered none');
    return { isHeld: row.isHeld, now: row.now.getTime() };
  }

  /** Writes down which leases are void. No session is opened under them from then on. @returns how many */
  async voidOverdue(): Promise<number> {
    return this.database.client.$executeRaw`
      WITH overdue AS (
        SELECT incarnation FROM conversation.gateway_lease AS lease
        WHERE voided_at IS NULL
          AND renewed_at <= now() - ${limits.leaseDuration}::float8 * interval '1 millisecond'
        FOR UPDATE SKIP LOCKED
      )
      UPDATE conversation.gateway_lease AS lease SET voided_at = now(), missed_up_to = ${outboxEnd}
      FROM overdue WHERE lease.incarnation = overdue.incarnation`;
  }

  /** Leases that are void, and under which there may be something left to do. */
  async unsettled(): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ incarnation: string }[]>`
      SELECT incarnation::text FROM conversation.gateway_lease
      WHERE voided_at IS NOT NULL AND settled_at IS NULL`;
    return rows.map(({ incarnation }) => incarnation);
  }

  /** Deletes leases that were settled long ago. */
  async sweep(): Promise<void> {
    await this.database.client.$executeRaw`
      DELETE FROM conversation.gateway_lease WHERE settled_at < now() - interval '1 hour'`;
  }
}
