import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import { JobTable } from '#platform/database/durable/job-table.js';
import { LaneErasure } from '#platform/database/durable/lane-erasure.js';
import { IdempotentRequests, type IdempotentWork } from '#platform/idempotency/idempotent-requests.js';

/** A registered webhook as this app keeps it. */
export interface StoredEndpoint {
  readonly id: string;
  readonly applicationId: string;
  readonly url: string;
  readonly secretSealed: string;
  /** Empty: all. */
  readonly eventTypes: string[];
  readonly enabled: boolean;
  readonly createdAt: Date;
}

@Injectable()
export class EndpointsStore {
  private readonly jobs: JobTable;
  private readonly lanes: LaneErasure;

  constructor(
    private readonly database: Database,
    private readonly requests: IdempotentRequests,
  ) {
    this.jobs = new JobTable(database, 'webhook_delivery');
    this.lanes = new LaneErasure(database, 'webhook_delivery');
  }

  /** Does work in a transaction, once per key; the second time its first outcome, as its JSON form has it. */
  once<Outcome>(
    request: IdempotentWork,
    work: (transaction: Transaction) => Promise<Outcome>,
  ): Promise<Outcome> {
    return this.database.client.$transaction((transaction) =>
      this.requests.run(transaction, request, () => work(transaction)),
    );
  }

  /** Until the transaction ends nobody else counts this application's endpoints, so it may count and then insert. */
  async countAlone(transaction: Transaction, applicationId: string): Promise<number> {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${applicationId}, 0))`;
    return transaction.webhookEndpoint.count({ where: { applicationId } });
  }

  async insert(transaction: Transaction, endpoint: StoredEndpoint): Promise<void> {
    await transaction.webhookEndpoint.create({ data: endpoint });
  }

  list(applicationId: string): Promise<StoredEndpoint[]> {
    return this.database.client.webhookEndpoint.findMany({
      where: { applicationId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  find(id: string): Promise<StoredEndpoint | null> {
    return this.database.client.webhookEndpoint.findUnique({ where: { id } });
  }

  /** Read after the events that it is for have arrived, so an endpoint gets every event stored after it was created. */
  enabled(applicationIds: string[]): Promise<StoredEndpoint[]> {
    return this.database.client.webhookEndpoint.findMany({
      where: { applicationId: { in: applicationIds }, enabled: true },
    });
  }

  async disable(id: string): Promise<void> {
    await this.database.client.webhookEndpoint.updateMany({ where: { id }, data: { enabled: false } });
  }

  /**
   * Deletes what a deleted application has: its endpoints, whose deliveries end with them, a portion of its requests, and of
   * the deliveries of these conversations.
   *
   * @returns how many rows
   */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    const { count } = await this.database.client.webhookEndpoint.deleteMany({ where: { applicationId } });
    return count + (await this.requests.forget(applicationId)) + (await this.lanes.erase(lanes));
  }

  /**
   * Its pending deliveries go with it. One that is made at the same moment is dropped when its turn comes.
   *
   * @returns whether there was one
   */
  delete(applicationId: string, id: string): Promise<boolean> {
    return this.database.client.$transaction(async (transaction) => {
      const { count } = await transaction.webhookEndpoint.deleteMany({ where: { applicationId, id } });
      if (count === 1) await this.jobs.removePending(transaction, id.toLowerCase());
      return count === 1;
    });
  }
}
