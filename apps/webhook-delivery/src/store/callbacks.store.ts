import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import { endpointOf, type StoredEndpoint } from './endpoints.store.js';

/** The callback of a conversation, as far as its end is concerned. */
export interface KeptCallback {
  readonly id: string;
  readonly applicationId: string;
  readonly conversationId: string;
}

/** What signs. */
type Secret = Pick<StoredEndpoint, 'secretSealed' | 'formerSecretSealed' | 'formerSecretUntil'>;

/** Endpoints that are callbacks of conversations. */
@Injectable()
export class CallbacksStore {
  constructor(private readonly database: Database) {}

  async find(
    transaction: Transaction,
    applicationId: string,
    conversationId: string,
  ): Promise<StoredEndpoint | null> {
    const where = { applicationId, isCallback: true, conversationId, deletedAt: null };
    const row = await transaction.webhookEndpoint.findFirst({ where });
    return row && endpointOf(row);
  }

  /** That of the application's oldest webhook of the format `vonage`; null: it has none. */
  async sharedSecret(transaction: Transaction, applicationId: string): Promise<Secret | null> {
    return transaction.webhookEndpoint.findFirst({
      where: { applicationId, isCallback: false, format: 'vonage', deletedAt: null },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      select: { secretSealed: true, formerSecretSealed: true, formerSecretUntil: true },
    });
  }

  /** All of the application's sign by this one. */
  async signBy(transaction: Transaction, applicationId: string, secret: Secret): Promise<void> {
    await transaction.webhookEndpoint.updateMany({
      where: { applicationId, isCallback: true, deletedAt: null },
      data: { ...secret, version: { increment: 1 } },
    });
  }

  async remove(transaction: Transaction, id: string): Promise<void> {
    await transaction.webhookEndpoint.update({
      where: { id },
      data: { deletedAt: new Date(), version: { increment: 1 } },
    });
  }

  /** The next ones by their ids, of all applications. @param after null: from the beginning */
  page(after: string | null, limit: number): Promise<KeptCallback[]> {
    return this.database.queries.$queryRaw`
      SELECT id::text, application_id AS "applicationId", conversation_id AS "conversationId"
      FROM webhook_delivery.webhook_endpoint
      WHERE is_callback AND deleted_at IS NULL AND id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
      ORDER BY id LIMIT ${limit}`;
  }

  /** Those of these that have got everything, or do not get anything any more. */
  async removeDone(ids: readonly string[]): Promise<void> {
    await this.database.queries.$executeRaw`
      UPDATE webhook_delivery.webhook_endpoint AS callback SET deleted_at = now(), version = version + 1
      WHERE id = ANY (${[...ids]}::uuid[]) AND deleted_at IS NULL AND (NOT enabled OR NOT EXISTS (
        SELECT FROM webhook_delivery.delivery_lane AS lane WHERE lane.endpoint_id = callback.id))`;
  }
}
