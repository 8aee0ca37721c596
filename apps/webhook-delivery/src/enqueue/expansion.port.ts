import { Injectable } from '@nestjs/common';
import type { StreamEvent } from '#contracts/stream.js';
import { namedBy } from '#contracts/vonage/events/translate.js';
import type { ShownEvent } from '#contracts/vonage/events/shown-event.js';
import { EventTranslator } from '#dialects/vonage/event-translator.js';
import { People } from '#dialects/vonage/people.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';
import type { NewDelivery } from '../store/new-deliveries.store.js';
import { Deliverable } from './deliverable.port.js';

/** An event, and the endpoints that ask for it. */
export interface WantedEvent {
  readonly stored: StreamEvent;
  readonly endpoints: readonly StoredEndpoint[];
}

/** What endpoints get of events, in the order of these. */
@Injectable()
export class Expansion {
  constructor(
    private readonly translator: EventTranslator,
    private readonly people: People,
  ) {}

  /** @throws HooklineError when one of another protocol is wanted, and the conversation app does not answer who is in it */
  async expand(wanted: readonly WantedEvent[]): Promise<NewDelivery[]> {
    const translated = await this.translated(
      wanted.flatMap(({ stored, endpoints }) =>
        endpoints.some(({ format }) => format === 'vonage') ? stored : [],
      ),
    );
    return wanted.flatMap(({ stored, endpoints }) => {
      const deliverable = new Deliverable(stored, { shown: translated.get(stored) ?? [] });
      return endpoints.flatMap((endpoint) => deliverable.for(endpoint));
    });
  }

  /** Within a conversation one after the other: what was said tells what a receipt is about. */
  private async translated(
    events: readonly StreamEvent[],
  ): Promise<ReadonlyMap<StreamEvent, readonly ShownEvent[]>> {
    const shown = new Map<StreamEvent, readonly ShownEvent[]>();
    const byApplication = Map.groupBy(events, ({ applicationId }) => applicationId);
    for (const [applicationId, all] of byApplication)
      // All at once; the translator finds them known.
      await this.people.people(
        applicationId,
        all.flatMap(({ event }) => namedBy(event)),
      );
    const byConversation = Map.groupBy(events, ({ conversationKey }) => conversationKey);
    await Promise.all(
      [...byConversation.values()].map(async (timeline) => {
        for (const stored of timeline) {
          const { conversationId } = stored.event;
          const where = { applicationId: stored.applicationId, conversationId };
          shown.set(stored, await this.translator.show(where, [stored]));
        }
      }),
    );
    return shown;
  }
}
