import { Injectable } from '@nestjs/common';
import { Batches } from '#platform/batching/batches.js';
import { isDatabaseAway } from '#platform/database/database-away.js';
import { Log } from '#platform/log.js';
import { DeliveryRecordsStore, type DeliveryRecord } from '../store/delivery-records.store.js';

/** Bounds of one statement: POSTs, and deliveries in them. */
const most = { records: 256, deliveries: 2_000 };
/** While the database is away it is asked again after so many ms, doubled up to the second, given up after the third. */
const patience = { first: 250, longest: 5_000, all: 60_000 };

/** Results that come about together are recorded together; those of one endpoint in the order in which they came. */
@Injectable()
export class Records {
  private readonly batches = new Batches<DeliveryRecord, ReadonlySet<string>>({
    usual: 1,
    most: 2,
    patience: 100,
    maximumBatch: most.records,
    maximumWeight: most.deliveries,
    weightOf: ({ attempt }) => attempt?.events.length ?? 1,
    // Who records waits for it before it does more than so much.
    maximumPerLane: Infinity,
    maximumWaiting: Infinity,
    laneOf: ({ endpointId }) => endpointId,
    run: (records) => this.run(records),
  });

  constructor(
    private readonly store: DeliveryRecordsStore,
    private readonly log: Log,
  ) {}

  /**
   * @returns of the lanes that it says are over, those that are
   * @throws when it could not be recorded: what it is about will be repeated
   */
  record(record: DeliveryRecord): Promise<ReadonlySet<string>> {
    return this.batches.submit(record);
  }

  private async run(records: readonly DeliveryRecord[]): Promise<ReadonlySet<string>[]> {
    const over = await this.persistently(records);
    const lanes = Map.groupBy(over, ({ endpointId }) => endpointId);
    return records.map(({ endpointId }) => new Set(lanes.get(endpointId)?.map(({ lane }) => lane)));
  }

  private async persistently(
    records: readonly DeliveryRecord[],
  ): Promise<{ endpointId: string; lane: string }[]> {
    const end = performance.now() + patience.all;
    for (let pause = patience.first; ; pause = Math.min(2 * pause, patience.longest)) {
      try {
        return await this.store.record(records);
      } catch (error) {
        const isLast = !isDatabaseAway(error) || performance.now() + pause > end;
        const fields = { attempts: records.length, reason: String(error) };
        if (isLast) this.log.error(fields, 'attempts could not be recorded; their deliveries are repeated');
        else this.log.warn(fields, 'attempts cannot be recorded yet');
        if (isLast) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
