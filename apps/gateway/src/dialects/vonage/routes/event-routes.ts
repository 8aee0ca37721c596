import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { listStoredEvents } from '#contracts/history.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isLegacy } from '#contracts/vonage/versions.js';
import { Bus } from '#platform/bus/bus.js';
import { EventSender } from '../events/event-sender.js';
import { EventTranslator } from '#dialects/vonage/event-translator.js';
import { isAskedFor, typesOf } from '../events/event-types.js';
import type { ShownEvent } from '#contracts/vonage/events/shown-event.js';
import { filled, Page } from '../paging.js';
import {
  actorOf,
  created,
  done,
  found,
  userIdOf,
  type Reply,
  type Requested,
  type RouteHandlers,
} from '../requested.js';
import { isoOf } from '#contracts/vonage/timestamps.js';
import { eventView, legacyEventView } from '#contracts/vonage/events/event-views.js';

type Names = 'sendEvent' | 'listEvents' | 'getEvent' | 'deleteEvent';

type OfConversation = Pick<Requested, 'caller' | 'version' | 'root' | 'prefix'> & {
  readonly parameters: { readonly conversationId: string };
};

/** What is said, and what was. */
@Injectable()
export class EventRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly sender: EventSender,
    private readonly translator: EventTranslator,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    sendEvent: async (request) => {
      const { id, timestamp } = await this.sender.send(request);
      const { conversationId } = request.parameters;
      const at = isoOf(timestamp);
      if (id === null) return created({ timestamp: at });
      if (!isLegacy(request.version)) return created(await this.at(request, id));
      const href = `${request.root}/${request.prefix}/conversations/${conversationId}/events/${String(id)}`;
      return created({ id, timestamp: at, href });
    },
    listEvents: (request) => this.list(request),
    getEvent: async (request) => found(await this.at(request, request.parameters.eventNumber)),
    deleteEvent: async (request) => {
      await this.sender.delete(request);
      return done;
    },
  };

  private async list(request: Requested<'listEvents'>): Promise<Reply> {
    const { version, query } = request;
    const { start_id: start, end_id: end, event_type: type, exclude_deleted_events: withoutDeleted } = query;
    const page = new Page(request, {
      ...{ start_id: start, end_id: end, event_type: type },
      ...(withoutDeleted && { exclude_deleted_events: true }),
    });
    const isAscending = query.order === 'ascending';
    const { items, next: place } = await filled(
      query.page_size,
      page.cursor === null ? null : placeOf(page.cursor),
      async (from, limit) => {
        const { events, nextSeq } = await this.bus.ask(listStoredEvents, {
          ...this.where(request),
          actor: actorOf(request.caller),
          types: type === undefined || type === '' ? null : typesOf(type),
          ...{ order: query.order, limit },
          fromSeq: (isAscending ? from : null) ?? start ?? null,
          toSeq: (isAscending ? null : from) ?? end ?? null,
        });
        const wanted = (await this.shown(request, events)).filter(
          (event) =>
            (type === undefined || type === '' || isAskedFor(type, event.type)) &&
            !(withoutDeleted && event.isDeleted === true),
        );
        return { items: wanted, next: nextSeq };
      },
    );
    const views = items.map((event) => this.view(request, event));
    const next = place === null ? null : String(place);
    switch (version) {
      case 'v0.1':
        return found(views);
      case 'v0.2':
        return found(page.body({ data: { events: views } }, next));
      case 'v0.3':
        return found(page.body({ events: views }, next));
      case 'v1':
        // The one list whose page is the array itself.
        return found(page.body(views, next));
    }
  }

  private async at(request: OfConversation, seq: number): Promise<object> {
    const { events } = await this.bus.ask(listStoredEvents, {
      ...this.where(request),
      actor: actorOf(request.caller),
      ...{ types: null, order: 'ascending', limit: 1, fromSeq: seq, toSeq: seq },
    });
    const [event] = await this.shown(request, events);
    if (event === undefined) throw new HooklineError('event_not_found');
    return this.view(request, event);
  }

  private async shown(request: OfConversation, events: readonly LiveEvent[]): Promise<ShownEvent[]> {
    const where = this.where(request);
    const shown = await this.translator.show(where, events);
    return this.translator.showStates(where, placed(shown), userIdOf(request.caller));
  }

  private view({ version, root, prefix }: OfConversation, event: ShownEvent): object {
    return isLegacy(version) ? legacyEventView(root, prefix, event) : eventView(root, prefix, event);
  }

  private where({ caller, parameters }: OfConversation): { applicationId: string; conversationId: string } {
    return { applicationId: caller.applicationId, conversationId: parameters.conversationId };
  }
}

/** On a socket one of several members of an event has no number of its own, for fear of repetitions; in lists everything has one. */
function placed(events: readonly ShownEvent[]): ShownEvent[] {
  let place: number | null = null;
  return events.map((event) => {
    place = event.id ?? place;
    return { ...event, id: place };
  });
}

/** @throws HooklineError invalid_cursor */
function placeOf(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new HooklineError('invalid_cursor');
  return Number(cursor);
}
