import { Injectable } from '@nestjs/common';
import { streamEvent, type StreamEvent } from '#contracts/stream.js';
import type { WebhookPayload } from '#contracts/webhooks.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { wants } from './wants.js';

/** A conversation is a lane. @throws when this release cannot read the event */
export function readEntry(line: string): InboxEntry {
  const { conversationKey, event } = streamEvent.parse(JSON.parse(line));
  return { lane: conversationKey, seq: event.seq, payload: line };
}

/** One delivery for every endpoint of the application that wants the event, whatever the event's audience: an endpoint
 * belongs to the application's owner. */
@Injectable()
export class Enqueue {
  constructor(private readonly endpoints: EndpointsStore) {}

  async expand(entries: readonly InboxEntry[]): Promise<NewJob[]> {
    // Read whole before they were taken over.
    const stored = entries.map(({ payload }) => JSON.parse(payload) as StreamEvent);
    const applicationIds = [...new Set(stored.map(({ applicationId }) => applicationId))];
    const endpoints = Map.groupBy(
      await this.endpoints.enabled(applicationIds),
      ({ applicationId }) => applicationId,
    );
    return stored.flatMap((one) => {
      const takers = (endpoints.get(one.applicationId) ?? []).filter(({ eventTypes }) =>
        wants(eventTypes, one.event.type),
      );
      if (takers.length === 0) return [];
      const payload = bodyOf(one);
      return takers.map(({ id }) => ({
        target: id,
        owner: one.applicationId,
        lane: one.conversationKey,
        seq: one.event.seq,
        eventId: one.event.id,
        payload,
      }));
    });
  }
}

/** Made once, so that every attempt sends the same bytes. */
function bodyOf({ applicationId, event }: StreamEvent): string {
  const timestamp = new Date(event.timestamp).toISOString();
  return JSON.stringify({ type: event.type, timestamp, applicationId, data: event } satisfies WebhookPayload);
}
