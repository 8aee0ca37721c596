import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { deliveryNudge, findStreamEvent } from '#contracts/stream.js';
import type { replayWebhookEvent } from '#contracts/webhooks/replays.js';
import { Bus } from '#platform/bus/bus.js';
import { Expansion } from '../enqueue/expansion.port.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { ReplaysStore } from '../store/replays.store.js';

@Injectable()
export class ReplayEvent {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly replays: ReplaysStore,
    private readonly expansion: Expansion,
    private readonly bus: Bus,
  ) {}

  /** @throws HooklineError webhook_not_found, webhook_disabled, event_not_found */
  async replay({
    applicationId,
    webhookId,
    eventId,
  }: z.output<typeof replayWebhookEvent.question>): Promise<z.output<typeof replayWebhookEvent.answer>> {
    const endpoint = await this.endpoints.findOf(applicationId, webhookId);
    if (endpoint === null) throw new HooklineError('webhook_not_found');
    if (!endpoint.enabled) throw new HooklineError('webhook_disabled');
    const queued = await this.queue(endpoint, eventId);
    this.bus.publish(deliveryNudge, { endpointIds: [endpoint.id] });
    return { queued };
  }

  private async queue(endpoint: StoredEndpoint, eventId: string): Promise<boolean> {
    if (await this.replays.reviveEvent(endpoint, eventId)) return true;
    if (await this.replays.hasten(endpoint.id, eventId)) return false;
    const { applicationId } = endpoint;
    const { event } = await this.bus.ask(findStreamEvent, { applicationId, eventId });
    const wanted = event === null ? [] : [{ stored: event, endpoints: [endpoint] }];
    const deliveries = await this.expansion.expand(wanted);
    if (deliveries.length === 0) throw new HooklineError('event_not_found');
    let isQueued = false;
    for (const delivery of deliveries) isQueued = (await this.replays.queueEvent(delivery)) || isQueued;
    return isQueued;
  }
}
