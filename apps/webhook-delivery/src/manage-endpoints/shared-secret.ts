import { Injectable } from '@nestjs/common';
import type { Transaction } from '#platform/database/database.js';
import { CallbacksStore } from '../store/callbacks.store.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';

/** Receivers of Vonage's know one secret: callbacks sign by that of the application's oldest webhook of the format. */
@Injectable()
export class SharedSecret {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly callbacks: CallbacksStore,
  ) {}

  /** The endpoint's secret is another one, in this transaction. */
  async changed(
    transaction: Transaction,
    { applicationId, format, isCallback }: StoredEndpoint,
  ): Promise<void> {
    if (format !== 'vonage' || isCallback) return;
    await this.endpoints.lockAll(transaction, applicationId);
    const secret = await this.callbacks.sharedSecret(transaction, applicationId);
    if (secret !== null) await this.callbacks.signBy(transaction, applicationId, secret);
  }
}
