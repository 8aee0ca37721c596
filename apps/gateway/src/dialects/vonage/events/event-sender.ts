import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { sendEphemeralEvent, sendSignal } from '#contracts/ephemeral.js';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import type { EventDraft, ReceiptEvent, TimelineEvent } from '#contracts/event.js';
import { listStoredEvents } from '#contracts/history.js';
import type { JsonValue } from '#contracts/json-value.js';
import { jsonValue } from '#contracts/json-value.js';
import { recallMessage, updateMessage } from '#contracts/message-changes.js';
import { customEventName } from '#contracts/message-content.js';
import { acknowledgeEvent } from '#contracts/receipts.js';
import {
  imageBody,
  messageBody,
  receiptBody,
  textBody,
  textUpdateBody,
} from '#contracts/vonage/event-bodies.js';
import { Bus } from '#platform/bus/bus.js';
import { CommandSender } from '../../../commands/command-sender.port.js';
import { exactProperty } from '../exact-property.js';
import { Members } from '../members.js';
import { changeBy, originOf, type Requested } from '../requested.js';
import { VonageError } from '../vonage-error.js';
import { imageOf } from './image-files.js';

export interface SentEvent {
  /** Its place in the timeline; null: it is stored nowhere. */
  readonly id: number | null;
  readonly timestamp: number;
}

type Request = Requested<'sendEvent'>;

const customPrefix = 'custom:';
/** Types that only servers of Vonage's had: voice. */
const voice = /^(audio|rtc|sip|leg|mixer):/;

/** What clients post as events, by type. What has no type that is known is stored nowhere. */
@Injectable()
export class EventSender {
  constructor(
    private readonly bus: Bus,
    private readonly commands: CommandSender,
    private readonly members: Members,
  ) {}

  /** @throws VonageError event:error:unknown-event, event:error:rejected. @throws HooklineError invalid_request among others */
  async send(request: Request): Promise<SentEvent> {
    const { type, body } = request.body;
    if (type.startsWith(customPrefix)) return this.stored(request, customDraft(request));
    switch (type) {
      case 'text':
        return this.stored(request, messageOf({ type: 'text', text: parsed(textBody, body).text }));
      case 'message':
        return this.stored(request, messageOf({ type: 'json', json: jsonOf(messageBody, body) }));
      case 'image':
        return this.stored(request, imageDraft(request));
      case 'text:typing:on':
      case 'text:typing:off':
        return this.typing(request, type.endsWith(':on'));
      case 'ephemeral':
        return this.ephemeral(request);
      case 'text:update':
        return this.update(request);
      default:
        break;
    }
    const receipt = receiptOf(type);
    if (receipt !== null) return this.acknowledge(request, receipt);
    throw new VonageError(
      400,
      'event:error:unknown-event',
      voice.test(type) ? `${type}: voice is not served` : `An event of type ${type} is not known`,
      { parameters: [{ name: 'type', reason: '"type" is not one of those that are known' }] },
    );
  }

  private async stored(request: Request, draft: EventDraft): Promise<SentEvent> {
    const { caller, parameters } = request;
    const where = { applicationId: caller.applicationId, ...parameters };
    const outcome = await this.commands.sendTranslated({
      ...where,
      senderId: await this.members.speaker(where, caller, request.body.from),
      asMaster: caller.kind === 'master',
      draft,
      request: null,
      origin: originOf(request),
    });
    if (outcome.outcome === 'dropped') throw dropped();
    return { id: outcome.seq, timestamp: outcome.timestamp };
  }

  private async typing(request: Request, isOn: boolean): Promise<SentEvent> {
    const { timestamp } = await this.bus.ask(sendSignal, {
      ...(await this.signal(request)),
      said: { kind: 'typing', isOn },
    });
    return { id: null, timestamp };
  }

  private async ephemeral(request: Request): Promise<SentEvent> {
    const data = jsonOf(z.record(z.string(), z.unknown()), request.body.body);
    const { isDropped, timestamp } = await this.bus.ask(sendEphemeralEvent, {
      ...(await this.signal(request)),
      said: { kind: 'event', name: 'ephemeral', data },
    });
    if (isDropped) throw dropped();
    return { id: null, timestamp };
  }

  private async signal(request: Request) {
    const { caller, parameters, body } = request;
    const where = { applicationId: caller.applicationId, ...parameters };
    return {
      ...where,
      senderId: await this.members.speaker(where, caller, body.from),
      asMaster: caller.kind === 'master',
      // All sessions of all members hear it at Vonage, the sender's too.
      sessionId: null,
      origin: originOf(request),
    };
  }

  private async acknowledge(request: Request, type: ReceiptEvent['type']): Promise<SentEvent> {
    const { caller, parameters, body } = request;
    const { event_id: targetSeq } = parsed(receiptBody, body.body);
    const where = { applicationId: caller.applicationId, ...parameters };
    const userId = await this.members.speaker(where, caller, body.from);
    const { seq: id, timestamp } = await this.bus.ask(acknowledgeEvent, {
      ...where,
      ...{ userId, origin: originOf(request), targetSeq, type },
    });
    return { id, timestamp };
  }

  private async update(request: Request): Promise<SentEvent> {
    const { caller, parameters, body } = request;
    const { text, original_event_id: seq } = parsed(textUpdateBody, body.body);
    const where = { applicationId: caller.applicationId, ...parameters };
    const outcome = await this.bus.ask(updateMessage, {
      ...changeBy(request),
      ...{ actor: await this.members.actor(where, caller, body.from) },
      ...parameters,
      eventId: (await this.at(request, seq)).id,
      content: { type: 'text', text },
    });
    if (outcome.outcome === 'dropped') throw dropped();
    return { id: outcome.seq, timestamp: outcome.timestamp };
  }

  /**
   * What is left of it has no body. Servers may delete everything that somebody has said, users what is their own.
   *
   * @throws VonageError event:error:rejected. @throws HooklineError event_not_found, not_the_sender, insufficient_role among others
   */
  async delete(request: Requested<'deleteEvent'>): Promise<void> {
    const { caller, parameters, query } = request;
    const { conversationId, eventNumber } = parameters;
    const where = { applicationId: caller.applicationId, conversationId };
    const actor = await this.members.actor(where, caller, query.from);
    const { id: eventId, senderId } = await this.at(request, eventNumber);
    // Equals may recall each other's messages natively; this protocol's clients count on deleting their own alone.
    if (actor.kind === 'user' && caller.kind === 'user' && senderId !== actor.userId)
      throw new HooklineError('not_the_sender');
    const answer = await this.bus.ask(recallMessage, {
      ...{ ...changeBy(request), actor },
      ...{ conversationId, eventId },
    });
    if ('outcome' in answer) throw dropped();
  }

  /** What is at this place. @throws HooklineError event_not_found */
  private async at(
    {
      caller,
      parameters,
    }: { readonly caller: Request['caller']; readonly parameters: Request['parameters'] },
    seq: number,
  ): Promise<TimelineEvent> {
    const { events } = await this.bus.ask(listStoredEvents, {
      applicationId: caller.applicationId,
      conversationId: parameters.conversationId,
      actor: caller.kind === 'user' ? { kind: 'user', userId: caller.userId } : { kind: 'master' },
      ...{ types: null, order: 'ascending', limit: 1, fromSeq: seq, toSeq: seq },
    });
    const [found] = events;
    if (found === undefined) throw new HooklineError('event_not_found');
    return found.event;
  }
}

/** @throws HooklineError invalid_request */
function customDraft({ body: { type, body }, text }: Request): EventDraft {
  const name = customEventName.safeParse(type.slice(customPrefix.length));
  if (!name.success) throw invalid(name.error, 'type');
  const data = jsonOf(z.record(z.string(), z.unknown()), body);
  const written = exactProperty(text, 'body');
  const isKept = written === undefined || written === JSON.stringify(data);
  return { kind: 'custom', name: name.data, data, ...(!isKept && { dataText: written }) };
}

function imageDraft({ body: { body }, caller, root }: Request): EventDraft {
  const said = parsed(imageBody, body);
  const { representations, files } = imageOf(said.representations, caller.kind === 'user' ? root : null);
  const content = { type: 'json' as const, json: jsonOf(imageBody, { ...said, representations }) };
  return { kind: 'message', content, ...(files.length > 0 && { attachments: [...files] }) };
}

function messageOf(content: Extract<EventDraft, { kind: 'message' }>['content']): EventDraft {
  return { kind: 'message', content };
}

/** Of `text:seen`, `event:delivered` and their like; null: it is no receipt. */
function receiptOf(type: string): ReceiptEvent['type'] | null {
  const what = /^(?:text|image|message|event):(seen|delivered)$/.exec(type)?.[1];
  if (what === undefined) return null;
  return what === 'seen' ? 'receipt.read' : 'receipt.delivered';
}

/** Checked, and then kept as it came: what is not known of it as well. */
function jsonOf(schema: z.ZodType, value: unknown): JsonValue {
  parsed(schema, value);
  const json = jsonValue.safeParse(value);
  if (!json.success) throw invalid(json.error, 'body');
  return json.data;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error, 'body');
  return result.data;
}

function invalid(error: z.ZodError, where: string): HooklineError {
  const issues = error.issues.map((issue) => ({ ...issue, path: [where, ...issue.path] }));
  return invalidRequest(new z.ZodError(issues));
}

function dropped(): VonageError {
  return new VonageError(403, 'event:error:rejected', 'A hook dropped it');
}
