import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { NewDeliveries, type NewDelivery } from './new-deliveries.store.js';

/** Deliveries of what came by no stream, and so past the inbox. */
@Injectable()
export class TransientDeliveriesStore {
  constructor(
    private readonly database: Database,
    private readonly newDeliveries: NewDeliveries,
  ) {}

  /** They come behind what waits at the moment, in no other order with it. */
  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    const keys = [...new Set(deliveries.map(({ conversationKey }) => conversationKey))];
    const lanes = Prisma.sql`unnest(${keys}::bigint[]) AS given(lane)`;
    await this.database.queries.$queryRaw`
      WITH ${this.newDeliveries.parts(deliveries, lanes)} SELECT count(*) FROM made`;
  }
}
