import { Controller } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { deliveryNudge } from '#contracts/stream.js';
import type { ShownEvent } from '#contracts/vonage/events/shown-event.js';
import { isoOf } from '#contracts/vonage/timestamps.js';
import { deliverAside, deliverTransient, type Aside } from '#contracts/webhooks/transient.js';
import { EventTranslator } from '#dialects/vonage/event-translator.js';
import { isTaken } from '#domain/delivery/endpoint-filter.js';
import { Answers } from '#platform/bus/answers.js';
import { Bus } from '#platform/bus/bus.js';
import { asideFor, Deliverable, isWanted } from '../enqueue/deliverable.port.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import type { NewDelivery } from '../store/new-deliveries.store.js';
import { TransientDeliveriesStore } from '../store/transient-deliveries.store.js';

/** What is in no timeline: a delivery for every webhook that gets such, which is kept until it is taken. */
@Controller()
export class TransientController {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly deliveries: TransientDeliveriesStore,
    private readonly translator: EventTranslator,
    private readonly bus: Bus,
  ) {}

  @Answers(deliverTransient)
  async deliver({ said }: z.output<typeof deliverTransient.question>): Promise<object> {
    const deliverable = new Deliverable(said, { isTransient: true });
    const endpoints = (await this.endpoints.enabled([said.applicationId])).filter(
      (endpoint) => endpoint.format === 'leancloud' && isWanted(said, endpoint),
    );
    const deliveries = endpoints.flatMap((endpoint) => deliverable.for(endpoint));
    await this.queue(deliveries);
    return {};
  }

  @Answers(deliverAside)
  async deliverAside(aside: Aside): Promise<object> {
    const { applicationId, conversationId: id, conversationKind: kind } = aside;
    const endpoints = (await this.endpoints.enabled([applicationId], [id])).filter(
      (endpoint) =>
        endpoint.format === 'vonage' &&
        isTaken(
          { ...endpoint, isForServices: false },
          { type: 'aside', conversation: { id, kind }, isToService: false },
        ),
    );
    if (endpoints.length === 0) return {};
    const said = { shown: await this.shown(aside), eventId: uuidv7() };
    await this.queue(endpoints.flatMap((endpoint) => asideFor(endpoint, aside, said)));
    return {};
  }

  private async shown({ applicationId, conversationId, timestamp, happened }: Aside): Promise<ShownEvent> {
    const common = { id: null, place: null, from: null, person: null, conversationId, timestamp };
    switch (happened.kind) {
      case 'said':
        return this.translator.showSignal(applicationId, happened.signal, timestamp);
      case 'created': {
        const { name } = happened;
        const body = { id: conversationId, name, timestamp: { created: isoOf(timestamp) }, state: 'ACTIVE' };
        return { ...common, type: 'conversation:created', body };
      }
      case 'deleted':
        return { ...common, type: 'conversation:deleted', body: {} };
    }
  }

  private async queue(deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await this.deliveries.add(deliveries);
    this.bus.publish(deliveryNudge, { endpointIds: deliveries.map(({ endpointId }) => endpointId) });
  }
}
