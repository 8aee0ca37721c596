import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { serviceWebhookRow, serviceWebhookRowOf } from '#contracts/leancloud/rows.js';
import type { StreamEvent } from '#contracts/stream.js';
import { isInMask } from '#contracts/vonage/event-mask.js';
import { webhookEventView } from '#contracts/vonage/events/event-views.js';
import type { ShownEvent } from '#contracts/vonage/events/shown-event.js';
import { stringifyExactly } from '#contracts/vonage/exact-json.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import { isToService } from '#domain/conversations/service.js';
import { isTaken } from '#domain/delivery/endpoint-filter.js';
import { commonLane } from '../store/deliveries.store.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';
import type { NewDelivery } from '../store/new-deliveries.store.js';

/** Whether an endpoint of the event's application asks for it. Its audience does not count: an endpoint is its owner's. */
export function isWanted(
  stored: StreamEvent,
  { eventTypes, conversationKinds, conversationId, format }: StoredEndpoint,
): boolean {
  const { conversationKind: kind, event } = stored;
  const isForServices = format === 'leancloud';
  return isTaken(
    { eventTypes, conversationKinds, conversationId, isForServices },
    {
      type: event.type,
      conversation: { id: event.conversationId, kind },
      isToService: isForServices && isToService(stored),
    },
  );
}

type Content = Pick<NewDelivery, 'eventId' | 'type' | 'payload'>;

interface DeliverableOptions {
  /** It is stored nowhere, whatever its form says. */
  readonly isTransient?: boolean;
  /** What Vonage's clients see of it; nothing unless somebody wants that. */
  readonly shown?: readonly ShownEvent[];
}

/** What endpoints get of a stored event. Each form is made once for all who want it, and sent as the same bytes at every attempt. */
export class Deliverable {
  private single: string | undefined;
  private row: string | undefined;
  private vonage: readonly Content[] | undefined;

  constructor(
    private readonly stored: StreamEvent,
    private readonly options: DeliverableOptions = {},
  ) {}

  /** In their order. None when there is no such form of it: a format has messages to services alone. */
  for({ id: endpointId, ordering, format, vonageTypes, callbackParams }: StoredEndpoint): NewDelivery[] {
    const { conversationKey, event } = this.stored;
    const lane = ordering === 'conversation' ? conversationKey : commonLane;
    return this.contents(format)
      .filter(({ type }) => format !== 'vonage' || isInMask(vonageTypes, type))
      .map(({ payload, ...content }) => ({
        ...{ endpointId, lane, conversationKey, seq: event.seq, ...content },
        payload: withParams(payload, callbackParams),
      }));
  }

  private contents(format: StoredEndpoint['format']): readonly Content[] {
    if (format === 'vonage') return (this.vonage ??= this.vonageContents());
    const { id: eventId, type } = this.stored.event;
    const payload = format === 'leancloud' ? this.rowOf() : this.singleOf();
    return payload === null ? [] : [{ eventId, type, payload }];
  }

  private singleOf(): string {
    const { applicationId, event } = this.stored;
    const timestamp = new Date(event.timestamp).toISOString();
    const payload: WebhookPayload = { type: event.type, timestamp, applicationId, data: event };
    return (this.single ??= JSON.stringify(payload));
  }

  private rowOf(): string | null {
    const { event, origin } = this.stored;
    if (event.type !== 'message' || !('content' in event) || !isToService(this.stored)) return null;
    const { id: eventId, conversationId, senderId, content, timestamp } = event;
    const row = serviceWebhookRowOf(
      { eventId, conversationId, senderId, content, timestamp },
      { address: origin.address, isTransient: this.options.isTransient === true },
    );
    return (this.row ??= JSON.stringify(row));
  }

  /** What tells of several members is one for each, and whole by itself: so each has an id of its own, the same every time. */
  private vonageContents(): Content[] {
    const { applicationId, event } = this.stored;
    return (this.options.shown ?? []).map((shown, index) => ({
      eventId: index === 0 ? event.id : uuidv5(String(index), event.id),
      type: shown.type,
      payload: stringifyExactly(webhookEventView(applicationId, shown, event.seq)),
    }));
  }
}

/** What is in no timeline, for an endpoint of Vonage's format; none when it does not ask for it. */
export function asideFor(
  { id: endpointId, ordering, vonageTypes, callbackParams }: StoredEndpoint,
  { applicationId, conversationKey }: { readonly applicationId: string; readonly conversationKey: string },
  { shown, eventId }: { readonly shown: ShownEvent; readonly eventId: string },
): NewDelivery[] {
  const { type } = shown;
  if (!isInMask(vonageTypes, type)) return [];
  const lane = ordering === 'conversation' ? conversationKey : commonLane;
  const payload = withParams(stringifyExactly(webhookEventView(applicationId, shown)), callbackParams);
  return [{ endpointId, lane, conversationKey, seq: 0, eventId, type, payload }];
}

function withParams(payload: string, params: string | null): string {
  return params === null ? payload : `${payload.slice(0, -1)},"params":${params}}`;
}

/** Of a delivery's payload, in whatever form; null: it belongs to no conversation. */
export function conversationOf(payload: string): string | null {
  const parsed = ofConversation.safeParse(JSON.parse(payload));
  return parsed.success ? parsed.data : null;
}

/** Where a payload says of which conversation it is, in the formats that there are. */
const ofConversation = z.union([
  z.object({ data: z.object({ conversationId: z.string() }) }).transform(({ data }) => data.conversationId),
  serviceWebhookRow.transform((row) => row.conv.objectId),
  z.object({ conversation_id: z.string() }).transform((event) => event.conversation_id),
]);
