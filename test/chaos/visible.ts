import { textOf } from './wording.js';
import type { StoredConversation, StoredEvent, StoredStay } from './tables.js';

/** What the tables hold at the end, arranged for the checks. */
export class Truth {
  readonly eventsOf: ReadonlyMap<string, StoredEvent[]>;
  readonly byId: ReadonlyMap<string, StoredEvent>;
  /** For every user of the application; of one service, in order. */
  readonly broadcasts: readonly StoredEvent[];
  /** Ids of the conversations that have them. */
  readonly services: ReadonlySet<string>;

  constructor(
    readonly conversations: readonly StoredConversation[],
    readonly events: readonly StoredEvent[],
    readonly stays: readonly StoredStay[],
  ) {
    this.eventsOf = Map.groupBy(events, ({ conversationId }) => conversationId);
    this.byId = new Map(events.map((event) => [event.id, event]));
    this.broadcasts = events.filter(({ audience }) => audience === 'broadcast');
    this.services = new Set(this.broadcasts.map(({ conversationId }) => conversationId));
  }

  /** When the event with this seq was stored; never, when there is none. */
  timeOf(conversationId: string, seq: number): number {
    return this.eventsOf.get(conversationId)?.find((event) => event.seq === seq)?.timestamp ?? Infinity;
  }

  staysOf(userId: string, conversationId: string): StoredStay[] {
    return this.stays.filter((stay) => stay.userId === userId && stay.conversationId === conversationId);
  }

  /** May this user ever have seen it? */
  mayBeSeen(event: StoredEvent, userId: string, stays: readonly StoredStay[], history: string): boolean {
    if (isNamed(event, userId) || event.audience === 'broadcast') return true;
    return event.audience === 'everyone' && stays.some((stay) => isOpen(event, stay, history === 'start'));
  }

  /** Does a client that is told everything since the user's joining have to see it? */
  mustBeSeen(event: StoredEvent, userId: string, stays: readonly StoredStay[], history: string): boolean {
    // Who joins anew sees with the eyes of the last stay: where history begins with joining, earlier ones are closed.
    const counting = history === 'start' ? stays : stays.slice(-1);
    return (
      (event.audience === 'everyone' || isNamed(event, userId)) &&
      counting.some((stay) => isOpen(event, stay, false))
    );
  }
}

function isNamed(event: StoredEvent, userId: string): boolean {
  return event.senderId === userId || (event.audience === 'listed' && event.recipients.includes(userId));
}

function isOpen({ seq }: StoredEvent, { joinedSeq, leftSeq }: StoredStay, fromStart: boolean): boolean {
  return (fromStart || seq >= joinedSeq) && (leftSeq === null || seq <= leftSeq);
}

/** A user has said it: it is neither a change of members nor a receipt. */
export function isSaid({ type }: Pick<StoredEvent, 'type'>): boolean {
  return type === 'message' || type.startsWith('custom:');
}

/** The text that a stored message or custom event holds. */
export function storedText({ content }: StoredEvent): string {
  if (content === null) return '';
  const value: unknown = JSON.parse(content);
  return typeof value === 'string' ? value : textOf(value);
}
