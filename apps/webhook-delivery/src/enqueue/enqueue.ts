import { Injectable } from '@nestjs/common';
import { streamEvent, type StreamEvent } from '#contracts/stream.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import type { NewDelivery } from '../store/new-deliveries.store.js';
import { isWanted } from './deliverable.port.js';
import { Expansion } from './expansion.port.js';

/** A conversation is a lane. @throws when this release cannot read the event */
export function readEntry(line: string): InboxEntry {
  const { conversationKey, event } = streamEvent.parse(JSON.parse(line));
  return { lane: conversationKey, seq: event.seq, payload: line };
}

/** One delivery for every endpoint of the application that wants the event. */
@Injectable()
export class Enqueue {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly expansion: Expansion,
  ) {}

  async expand(entries: readonly InboxEntry[]): Promise<NewDelivery[]> {
    // Read whole before they were taken over.
    const all = entries.map(({ payload }) => JSON.parse(payload) as StreamEvent);
    const applicationIds = [...new Set(all.map(({ applicationId }) => applicationId))];
    const conversationIds = [...new Set(all.map(({ event }) => event.conversationId))];
    const byApplication = Map.groupBy(
      await this.endpoints.enabled(applicationIds, conversationIds),
      ({ applicationId }) => applicationId,
    );
    return this.expansion.expand(
      all.map((stored) => {
        const endpoints = byApplication.get(stored.applicationId) ?? [];
        return { stored, endpoints: endpoints.filter((endpoint) => isWanted(stored, endpoint)) };
      }),
    );
  }
}
