import { Injectable } from '@nestjs/common';
import { isCustomEventType } from '#contracts/event.js';
import { HookRegistry } from '../hooks/hook-registry.port.js';
import { OutboxStore, type OutboxEvent } from '../store/outbox.store.js';

/** Adds the attributes by which `messageSent` hooks are filtered. Where there is no such filter it costs nothing. */
@Injectable()
export class FilteredAttributes {
  constructor(
    private readonly registry: HookRegistry,
    private readonly outbox: OutboxStore,
  ) {}

  /** @returns all of them */
  async add(events: readonly OutboxEvent[]): Promise<readonly OutboxEvent[]> {
    const filtering = new Set(
      [...new Set(events.map(({ event }) => event.applicationId))].filter((applicationId) =>
        this.registry.mayFilter(applicationId, 'messageSent'),
      ),
    );
    const isConcerned = ({ event: { applicationId, event } }: OutboxEvent): boolean =>
      filtering.has(applicationId) && (event.type === 'message' || isCustomEventType(event.type));
    const keys = new Set(events.filter(isConcerned).map(({ event }) => event.conversationKey));
    if (keys.size === 0) return events;
    const attributesOf = await this.outbox.attributesOf([...keys]);
    return events.map((one) => {
      const attributes = isConcerned(one) ? attributesOf.get(one.event.conversationKey) : undefined;
      return attributes === undefined ? one : { ...one, event: { ...one.event, attributes } };
    });
  }
}
