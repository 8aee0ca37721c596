import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { getConversation } from '#contracts/conversations.js';
import type { LiveSignal } from '#contracts/ephemeral.js';
import { findStoredEvents } from '#contracts/history.js';
import { listReceiptEvents } from '#contracts/receipts.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { findStays } from '#contracts/stays.js';
import { vonageMemberId } from '#contracts/vonage/ids.js';
import { Bus } from '#platform/bus/bus.js';
import { Remembered } from '#platform/remembered.js';
import { People } from './people.js';
import { isoOf } from '#contracts/vonage/timestamps.js';
import {
  isObject,
  kindOf,
  type EventState,
  type SaidKind,
  type ShownEvent,
} from '#contracts/vonage/events/shown-event.js';
import { namedBy, targetOf, translate } from '#contracts/vonage/events/translate.js';

interface Somewhere {
  readonly applicationId: string;
  readonly conversationId: string;
}

type StoredReceipt = z.output<typeof listReceiptEvents.answer>['receipts'][number];

/** As many as `listReceiptEvents` takes, and `findStoredEvents`. */
const targetsAtOnce = 5;
const placesAtOnce = 200;
const askedSideBySide = 4;

/** Looks up what events do not say by themselves, all that a page needs at once, and translates them. */
@Injectable()
export class EventTranslator {
  /** What was said, by place: it never changes. */
  private readonly kinds = new Remembered<SaidKind>(50_000);
  private readonly memberIds = new Remembered<{ readonly id: string | null; readonly until: number }>(20_000);
  private readonly names = new Remembered<string>(20_000);

  constructor(
    private readonly bus: Bus,
    private readonly people: People,
  ) {}

  /** @throws HooklineError when the conversation app does not answer */
  async show(where: Somewhere, events: readonly LiveEvent[]): Promise<ShownEvent[]> {
    const { applicationId } = where;
    for (const { event } of events) {
      const kind = kindOf(event);
      if (kind !== null) this.kinds.set(placeOf(where, event.seq), kind);
    }
    const [people, kinds, memberIds, conversationName] = await Promise.all([
      this.people.people(
        applicationId,
        events.flatMap(({ event }) => namedBy(event)),
      ),
      this.kindsAt(
        where,
        events.flatMap(({ event }) => targetOf(event) ?? []),
      ),
      this.stays(where, events),
      events.some(({ event }) => 'members' in event) ? this.nameOf(where) : '',
    ]);
    const kindAt = (seq: number): SaidKind => kinds.get(seq) ?? 'event';
    return events.flatMap((live) => translate(live, { people, kindAt, memberIds, conversationName }));
  }

  /** What is stored nowhere. @param at ms since the epoch */
  async showSignal(
    applicationId: string,
    { name, payload }: LiveSignal['signal'],
    at: number,
  ): Promise<ShownEvent> {
    const userId = 'senderId' in payload ? payload.senderId : payload.userId;
    const where = { applicationId, conversationId: payload.conversationId };
    const [person, memberId] = await Promise.all([
      this.people.person(applicationId, userId),
      this.presentStay(where, userId),
    ]);
    return {
      id: null,
      place: null,
      ...saidBy(name, payload),
      from: memberId === null ? null : vonageMemberId(memberId),
      person,
      timestamp: 'timestamp' in payload ? payload.timestamp : at,
      conversationId: payload.conversationId,
    };
  }

  /** With who has acknowledged them, as far as this reader may know; null: a server. */
  async showStates(
    where: Somewhere,
    events: readonly ShownEvent[],
    readerId: string | null,
  ): Promise<ShownEvent[]> {
    const acknowledged = events.flatMap(({ id, type }) =>
      id !== null && (type === 'text' || type === 'image' || type === 'message') ? [id] : [],
    );
    if (acknowledged.length === 0) return [...events];
    const receipts = await this.receiptsOf(where, acknowledged, readerId);
    const byTarget = Map.groupBy(receipts, ({ targetSeq }) => targetSeq);
    return events.map((event) => {
      if (event.id === null || !acknowledged.includes(event.id)) return event;
      const said = byTarget.get(event.id) ?? [];
      const timesOf = (type: (typeof said)[number]['type']): Record<string, string> =>
        Object.fromEntries(
          said.flatMap((receipt) =>
            receipt.type === type && receipt.senderMemberId !== null
              ? [[vonageMemberId(receipt.senderMemberId), isoOf(receipt.timestamp)]]
              : [],
          ),
        );
      const state: EventState = {
        seen_by: timesOf('receipt.read'),
        delivered_to: timesOf('receipt.delivered'),
        submitted_to: {},
        rejected_by: {},
        undeliverable_to: {},
      };
      return { ...event, state };
    });
  }

  /** In a large page hundreds of thousands may stand: a few answers of a bounded size at a time. */
  private async receiptsOf(
    where: Somewhere,
    targetSeqs: readonly number[],
    readerId: string | null,
  ): Promise<StoredReceipt[]> {
    const portions = portionsOf([...new Set(targetSeqs)], targetsAtOnce);
    const found: StoredReceipt[][] = [];
    for (const some of portionsOf(portions, askedSideBySide)) {
      const answers = await Promise.all(
        some.map((portion) => this.bus.ask(listReceiptEvents, { ...where, targetSeqs: portion, readerId })),
      );
      found.push(...answers.map(({ receipts }) => receipts));
    }
    return found.flat();
  }

  private async kindsAt(where: Somewhere, seqs: readonly number[]): Promise<Map<number, SaidKind>> {
    const wanted = [...new Set(seqs)];
    const found = new Map<number, SaidKind>();
    const unknown = wanted.filter((seq) => {
      const known = this.kinds.get(placeOf(where, seq));
      if (known !== undefined) found.set(seq, known);
      return known === undefined;
    });
    for (const portion of portionsOf(unknown, placesAtOnce)) {
      const kinds = await this.askedKinds(where, portion);
      for (const seq of portion) {
        const kind = kinds.get(seq) ?? 'event';
        this.kinds.set(placeOf(where, seq), kind);
        found.set(seq, kind);
      }
    }
    return found;
  }

  private async askedKinds(where: Somewhere, seqs: readonly number[]): Promise<Map<number, SaidKind>> {
    const kinds = new Map<number, SaidKind>();
    let left = [...seqs];
    while (left.length > 0) {
      const asking = this.bus.ask(findStoredEvents, { ...where, seqs: left });
      const { events, rest } = await orWithout(asking, { events: [], rest: [] });
      for (const { event } of events) kinds.set(event.seq, kindOf(event) ?? 'event');
      left = rest;
    }
    return kinds;
  }

  /** Of those who did something and were not written down with their stay. */
  private async stays(where: Somewhere, events: readonly LiveEvent[]): Promise<Map<string, string>> {
    const wanted = new Set(
      events.flatMap(({ event, senderMemberId }) =>
        senderMemberId === undefined && event.senderId !== null && !('members' in event)
          ? [event.senderId]
          : [],
      ),
    );
    if (wanted.size === 0) return new Map();
    const asking = this.bus.ask(findStays, { ...where, by: { userIds: [...wanted] } });
    const { stays } = await orWithout(asking, { stays: [] });
    return new Map(stays.map(({ userId, id }) => [userId, id]));
  }

  /** Whoever is typing says so often. */
  private async presentStay(where: Somewhere, userId: string): Promise<string | null> {
    const key = `${where.applicationId}:${where.conversationId}:${userId}`;
    const known = this.memberIds.get(key);
    const now = performance.now();
    if (known !== undefined && known.until > now) return known.id;
    const { stays } = await this.bus.ask(findStays, { ...where, by: { userIds: [userId] } });
    const id = stays[0]?.id ?? null;
    this.memberIds.set(key, { id, until: now + stayTrustedFor });
    return id;
  }

  private async nameOf(where: Somewhere): Promise<string> {
    const key = `${where.applicationId}:${where.conversationId}`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const asking = this.bus.ask(getConversation, { ...where, actor: { kind: 'master' } });
    const conversation = await orWithout(asking, null);
    if (conversation === null) return '';
    const name = conversation.uniqueKey ?? `NAM-${where.conversationId}`;
    this.names.set(key, name);
    return name;
  }
}

/** The conversation may have been deleted meanwhile: what nobody knows any more is left out. */
async function orWithout<Answer, Nothing>(
  asking: Promise<Answer>,
  nothing: Nothing,
): Promise<Answer | Nothing> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof HooklineError && error.code === 'conversation_not_found') return nothing;
    throw error;
  }
}

function portionsOf<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function placeOf({ applicationId, conversationId }: Somewhere, seq: number): string {
  return `${applicationId}:${conversationId}:${String(seq)}`;
}

/** How long the present stay of a user is trusted, for what is worth something now alone (ms). */
const stayTrustedFor = 10_000;

/** `ephemeral` is Vonage's one name for it; what natives send under other names is a custom event without a place. */
function saidBy(
  name: LiveSignal['signal']['name'],
  payload: LiveSignal['signal']['payload'],
): { readonly type: string; readonly body: object } {
  switch (name) {
    case 'conversation.typing_on':
      return { type: 'text:typing:on', body: { activity: 1 } };
    case 'conversation.typing_off':
      return { type: 'text:typing:off', body: { activity: 0 } };
    case 'ephemeral_message':
      return { type: 'ephemeral', body: 'content' in payload ? payload.content : {} };
    case 'ephemeral_event': {
      const { name: own = 'ephemeral', data } = payload as { name?: string; data?: unknown };
      return {
        type: own === 'ephemeral' ? own : `custom:${own}`,
        body: isObject(data) ? data : { value: data },
      };
    }
  }
}
