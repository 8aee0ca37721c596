import { Injectable } from '@nestjs/common';
import type { LiveSignal } from '#contracts/ephemeral.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { EventBesides } from '../../../delivery/client-sink.port.js';
import { EventTranslator } from '#dialects/vonage/event-translator.js';
import type { ShownEvent } from '#contracts/vonage/events/shown-event.js';
import { ExactJson, stringifyExactly } from '#contracts/vonage/exact-json.js';
import { isoOf } from '#contracts/vonage/timestamps.js';
import { pushedEvent } from '#contracts/vonage/events/event-views.js';

/** Something that a socket hears, by its name. */
export interface Push {
  readonly name: string;
  /** Written already: once, for however many sockets. */
  readonly payload: ExactJson;
}

/** What sockets hear of events. An event is looked up and translated once for all sessions of this gateway. */
@Injectable()
export class Pushes {
  private readonly events = new WeakMap<TimelineEvent, Promise<readonly Push[]>>();
  private readonly signals = new WeakMap<LiveSignal['signal'], Promise<readonly Push[]>>();

  constructor(private readonly translator: EventTranslator) {}

  ofEvent(applicationId: string, event: TimelineEvent, besides: EventBesides = {}): Promise<readonly Push[]> {
    const known = this.events.get(event);
    if (known !== undefined) return known;
    const { conversationId } = event;
    const { senderMemberId, dataText } = besides;
    const live = {
      event,
      conversationKey: '',
      audience: { kind: 'everyone' as const },
      ...(senderMemberId !== undefined && { senderMemberId }),
      ...(dataText !== undefined && { dataText }),
    };
    const pushes = this.translator
      .show({ applicationId, conversationId }, [live])
      .then((shown) => shown.map((one) => pushOf(applicationId, one)));
    this.events.set(event, pushes);
    return pushes;
  }

  ofSignal(applicationId: string, signal: LiveSignal['signal'], at: number): Promise<readonly Push[]> {
    const known = this.signals.get(signal);
    if (known !== undefined) return known;
    const pushes = this.translator
      .showSignal(applicationId, signal, at)
      .then((shown) => [pushOf(applicationId, shown)]);
    this.signals.set(signal, pushes);
    return pushes;
  }
}

/** A conversation is no more. It is no event of its timeline, which is gone as well. */
export function deletionPush(applicationId: string, conversationId: string, at: number): Push {
  const timestamp = isoOf(at);
  const payload = { cid: conversationId, application_id: applicationId, timestamp, body: {} };
  return push('conversation:deleted', payload);
}

function pushOf(applicationId: string, event: ShownEvent): Push {
  return push(event.type, pushedEvent(applicationId, event));
}

function push(name: string, payload: object): Push {
  return { name, payload: new ExactJson(stringifyExactly(payload)) };
}
