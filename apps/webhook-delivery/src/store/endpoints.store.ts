import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { disabledReason, webhook, type Webhook } from '#contracts/webhooks/registration.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { IdempotentRequests, type IdempotentWork } from '#platform/idempotency/idempotent-requests.js';
import type { WebhookEndpoint } from '#prisma/client.js';

const formatKind = z.enum(['single', 'batch', 'leancloud', 'vonage']);

type SignatureVersion = Webhook['signatures'][number];

/** A registered webhook as this app keeps it. */
export interface StoredEndpoint {
  readonly id: string;
  readonly applicationId: string;
  readonly url: string;
  readonly description: string | null;
  /** Empty: all. */
  readonly eventTypes: readonly Webhook['eventTypes'][number][];
  /** Empty: all. */
  readonly conversationKinds: readonly Webhook['conversations']['kinds'][number][];
  /** This one alone. */
  readonly conversationId: string | null;
  readonly format: Webhook['format']['kind'];
  /** Of the format vonage, as Vonage names them. Empty: all. */
  readonly vonageTypes: readonly string[];
  /** The callback of its conversation. */
  readonly isCallback: boolean;
  /** JSON: comes with every event; null: nothing does. */
  readonly callbackParams: string | null;
  /** Events in one POST at most. */
  readonly batchSize: number;
  /** How long (ms) a batch waits for more. */
  readonly linger: number;
  /** Within what deliveries keep their order. */
  readonly ordering: 'none' | 'conversation' | 'endpoint';
  /** POSTs at once. */
  readonly concurrency: number;
  /** POSTs per second; null: as many as it takes. */
  readonly rateLimit: number | null;
  readonly signatures: readonly SignatureVersion[];
  /** Of `v1`. */
  readonly secretSealed: string;
  /** Signs as well until then: the secret before the last rotation. */
  readonly formerSecretSealed: string | null;
  readonly formerSecretUntil: Date | null;
  /** Of `v1a`; null: it never had this version. */
  readonly keySealed: string | null;
  readonly publicKey: string | null;
  readonly formerKeySealed: string | null;
  readonly formerPublicKey: string | null;
  readonly formerKeyUntil: Date | null;
  readonly enabled: boolean;
  /** Why we have disabled it; null: its owner did, or it is enabled. */
  readonly disabledReason: NonNullable<Webhook['disabled']>['reason'] | null;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  /** Moves with every change. */
  readonly version: number;
}

/** What may become different. */
export type ChangedEndpoint = Partial<Omit<StoredEndpoint, 'id' | 'applicationId' | 'createdAt'>>;

/** Whether one POST is one delivery. */
export function isSingle(format: StoredEndpoint['format']): boolean {
  return format === 'single' || format === 'vonage';
}

@Injectable()
export class EndpointsStore {
  constructor(
    private readonly database: Database,
    private readonly requests: IdempotentRequests,
  ) {}

  /** Does work in a transaction, once per key; the second time its first outcome, as its JSON form has it. */
  once<Outcome>(
    request: IdempotentWork,
    work: (transaction: Transaction) => Promise<Outcome>,
  ): Promise<Outcome> {
    return this.database.client.$transaction((transaction) =>
      this.requests.run(transaction, request, () => work(transaction)),
    );
  }

  /** Does work in a transaction. */
  together<Outcome>(work: (transaction: Transaction) => Promise<Outcome>): Promise<Outcome> {
    return this.database.client.$transaction(work);
  }

  /** Until the transaction ends nobody else adds an endpoint to this application, or sets a callback. */
  async lockAll(transaction: Transaction, applicationId: string): Promise<void> {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${applicationId}, 0))`;
  }

  /** Until the transaction ends nobody else counts this application's endpoints, so it may count and then insert. */
  async countAlone(transaction: Transaction, applicationId: string): Promise<number> {
    await this.lockAll(transaction, applicationId);
    return transaction.webhookEndpoint.count({
      where: { applicationId, isCallback: false, deletedAt: null },
    });
  }

  async insert(transaction: Transaction, endpoint: StoredEndpoint): Promise<void> {
    await transaction.webhookEndpoint.create({ data: { ...columnsOf(endpoint), state: { create: {} } } });
  }

  /** @returns the endpoint as it is now */
  async update(transaction: Transaction, id: string, changes: ChangedEndpoint): Promise<StoredEndpoint> {
    const data = { ...columnsOf(changes), version: { increment: 1 } };
    return endpointOf(await transaction.webhookEndpoint.update({ where: { id }, data }));
  }

  /** Forgets how its receiver was. */
  async resetState(transaction: Transaction, endpointId: string): Promise<void> {
    const data = {
      ...{ pausedUntil: null, pauseReason: null, failingSince: null },
      ...{ failures: 0, openings: 0, throttles: 0 },
    };
    await transaction.webhookEndpointState.update({ where: { endpointId }, data });
  }

  /** @param callbackOf the callback of this conversation alone; null: all that are none */
  async list(applicationId: string, callbackOf: string | null): Promise<StoredEndpoint[]> {
    const which = callbackOf === null ? {} : { conversationId: callbackOf };
    const rows = await this.database.client.webhookEndpoint.findMany({
      where: { applicationId, isCallback: callbackOf !== null, ...which, deletedAt: null },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(endpointOf);
  }

  async findOf(applicationId: string, id: string): Promise<StoredEndpoint | null> {
    const row = await this.database.client.webhookEndpoint.findUnique({
      where: { applicationId, id, deletedAt: null },
    });
    return row && endpointOf(row);
  }

  /** Nobody else changes it until the transaction ends. */
  async findAlone(
    transaction: Transaction,
    applicationId: string,
    id: string,
  ): Promise<StoredEndpoint | null> {
    await transaction.$queryRaw`
      SELECT 1 FROM webhook_delivery.webhook_endpoint WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
    const row = await transaction.webhookEndpoint.findUnique({
      where: { applicationId, id, deletedAt: null },
    });
    return row && endpointOf(row);
  }

  async find(id: string): Promise<StoredEndpoint | null> {
    const row = await this.database.client.webhookEndpoint.findUnique({ where: { id, deletedAt: null } });
    return row && endpointOf(row);
  }

  /**
   * Read after the events that it is for have arrived, so an endpoint gets every event stored after it was created.
   *
   * @param conversationIds whose callbacks are among them
   */
  async enabled(
    applicationIds: string[],
    conversationIds: readonly string[] = [],
  ): Promise<StoredEndpoint[]> {
    const where = { applicationId: { in: applicationIds }, enabled: true, deletedAt: null };
    const { webhookEndpoint } = this.database.client;
    const [endpoints, callbacks] = await Promise.all([
      webhookEndpoint.findMany({ where: { ...where, isCallback: false } }),
      conversationIds.length === 0
        ? []
        : webhookEndpoint.findMany({
            where: { ...where, isCallback: true, conversationId: { in: [...conversationIds] } },
          }),
    ]);
    return [...endpoints, ...callbacks].map(endpointOf);
  }

  /**
   * From now on nobody sees it, and it gets nothing; what it has left goes little by little.
   *
   * @returns whether there was one
   */
  async delete(applicationId: string, id: string): Promise<boolean> {
    const { count } = await this.database.client.webhookEndpoint.updateMany({
      where: { applicationId, id, deletedAt: null },
      data: { deletedAt: new Date(), version: { increment: 1 } },
    });
    return count === 1;
  }
}

/** As rows have them: their lists are not ours. */
function columnsOf<Columns extends ChangedEndpoint>({
  eventTypes,
  conversationKinds,
  vonageTypes,
  signatures,
  ...columns
}: Columns) {
  return {
    ...columns,
    ...(eventTypes && { eventTypes: [...eventTypes] }),
    ...(conversationKinds && { conversationKinds: [...conversationKinds] }),
    ...(vonageTypes && { vonageTypes: [...vonageTypes] }),
    ...(signatures && { signatures: [...signatures] }),
  };
}

export function endpointOf(row: WebhookEndpoint): StoredEndpoint {
  const { shape } = webhook;
  return {
    ...row,
    eventTypes: shape.eventTypes.parse(row.eventTypes),
    conversationKinds: shape.conversations.shape.kinds.parse(row.conversationKinds),
    signatures: shape.signatures.parse(row.signatures),
    format: formatKind.parse(row.format),
    ordering: shape.order.parse(row.ordering),
    disabledReason: disabledReason.nullable().parse(row.disabledReason),
  };
}
