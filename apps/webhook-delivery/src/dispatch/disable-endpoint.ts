import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { webhookPayloads } from '#contracts/webhooks/payloads.js';
import { isTaken } from '#domain/delivery/endpoint-filter.js';
import { Log } from '#platform/log.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import { DisablingStore } from '../store/disabling.store.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { DeliveryMetrics } from './delivery-metrics.js';

type Told = z.output<typeof webhookPayloads.WebhookDisabled>;

const type = 'webhook.disabled';

/** Takes an endpoint out of service; what waits for it stays, until its owner enables it again. */
@Injectable()
export class DisableEndpoint {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly disabling: DisablingStore,
    private readonly metrics: DeliveryMetrics,
    private readonly log: Log,
  ) {}

  /**
   * Once, however often it is found out. The application's other endpoints are told, as far as they ask for it.
   *
   * @param failingSince ms since the epoch; null: it has just taken something
   * @returns who has got a delivery by that
   */
  async disable(
    { id, applicationId, version }: StoredEndpoint,
    reason: 'gone' | 'failing',
    failingSince: number | null,
  ): Promise<string[]> {
    const told = (await this.endpoints.enabled([applicationId])).filter(
      (other) => other.id !== id && isTold(other),
    );
    const timestamp = new Date().toISOString();
    const data = { webhookId: id, reason, failingSince };
    const payload = JSON.stringify({ type, timestamp, applicationId, data } satisfies Told);
    const ids = told.map((other) => other.id);
    const event = { id: timeOrderedId(), type, payload };
    if (!(await this.disabling.disable({ id, version }, reason, event, ids))) return [];
    this.metrics.countDisabled(reason);
    this.log.warn({ applicationId, endpointId: id, reason }, 'a webhook was disabled');
    return ids;
  }
}

/** Vonage's protocol has nothing that says so. */
function isTold({ eventTypes, conversationKinds, conversationId, format }: StoredEndpoint): boolean {
  const filter = { eventTypes, conversationKinds, conversationId, isForServices: format === 'leancloud' };
  return format !== 'vonage' && isTaken(filter, { type, conversation: null, isToService: false });
}
