import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

/** How far the notifications of broadcasts have come. */
@Injectable()
export class WalksStore {
  constructor(private readonly database: Database) {}

  /** The number of the last user who was looked at; 0 at the beginning. */
  async position(eventId: string): Promise<number> {
    const rows = await this.database.queries.$queryRaw<{ after: bigint }[]>`
      SELECT after FROM push_notification.walk WHERE event_id = ${eventId}::uuid`;
    return Number(rows[0]?.after ?? 0);
  }

  async advance(eventId: string, applicationId: string, after: number): Promise<void> {
    await this.database.queries.$executeRaw`
      INSERT INTO push_notification.walk (event_id, application_id, after)
      VALUES (${eventId}::uuid, ${applicationId}, ${String(after)}::bigint)
      ON CONFLICT (event_id) DO UPDATE SET after = excluded.after`;
  }

  async end(eventId: string): Promise<void> {
    await this.database.queries.$executeRaw`
      DELETE FROM push_notification.walk WHERE event_id = ${eventId}::uuid`;
  }
}
