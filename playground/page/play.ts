import { HooklineClient, type TimelineEvent } from '@hookline/client';
import { HooklineError } from '@hookline/client/errors';
import { memoryStorage, type ClientStorage } from '@hookline/client/storage';
import { signal, type Signal } from '@preact/signals';
import type { Rule, ServerSide, Told, Visit } from './server-side.js';

/** A line of a person's screen: of the timeline, or its own that is not stored (yet, or ever). */
export interface Line {
  readonly key: string;
  readonly senderId: string | null;
  readonly text: string;
  readonly isOwn: boolean;
  readonly note: string | null;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly lines: Signal<readonly Line[]>;
  readonly isOnline: Signal<boolean>;
}

export type StepState = 'waiting' | 'done' | 'stopped' | 'skipped';

/** One station that a message passes, with what was seen there. */
export interface Step {
  readonly state: StepState;
  readonly detail: string;
  /** ms since it was sent. */
  readonly after: number | null;
}

export const stations = ['sent', 'hooks', 'verdict', 'stored', 'delivered', 'webhook', 'push'] as const;
export type Station = (typeof stations)[number];

/** One message on its way. */
export interface Journey {
  readonly text: string;
  readonly sender: Person;
  readonly eventId: string | null;
  readonly steps: Readonly<Record<Station, Step>>;
}

const waiting: Step = { state: 'waiting', detail: '', after: null };

/** The page's whole state: two people, their rules, and the journey of the last message. */
export class Play {
  readonly people: readonly [Person, Person];
  readonly rules: Signal<readonly Rule[]>;
  /** Places of the rules that the last message met. */
  readonly matched = signal<readonly number[]>([]);
  readonly journey = signal<Journey | null>(null);
  private readonly clients = new Map<string, HooklineClient>();
  private readonly storages = new Map<string, ClientStorage>();
  private startedAt = 0;
  /** What was seen of an event before it is known that it is the one on its way: its acknowledgement may come later. */
  private readonly seen = new Map<string, (readonly [Station, string])[]>();

  constructor(
    private readonly server: ServerSide,
    private readonly visit: Visit,
  ) {
    const [tom, jerry] = visit.users.map(({ id, name }): Person => ({
      id,
      name,
      lines: signal([]),
      isOnline: signal(false),
    }));
    if (tom === undefined || jerry === undefined) throw new Error('There must be two people');
    this.people = [tom, jerry];
    this.rules = signal(visit.rules);
    server.watch(visit.conversationId, (name, data) => {
      this.told(name, data);
    });
  }

  async goOnline(person: Person): Promise<void> {
    const storage = this.storages.get(person.id) ?? memoryStorage();
    this.storages.set(person.id, storage);
    const client = new HooklineClient({
      url: location.origin,
      getToken: () => this.server.token(person.id),
      storage,
    });
    this.clients.set(person.id, client);
    client.on('event', (event) => {
      this.heard(person, event);
    });
    client.on('state', ({ state }) => {
      person.isOnline.value = state === 'ready';
    });
    await client.connect();
  }

  goOffline(person: Person): void {
    this.clients.get(person.id)?.close();
    this.clients.delete(person.id);
    person.isOnline.value = false;
  }

  async setRules(rules: readonly Rule[]): Promise<void> {
    this.rules.value = rules;
    await this.server.setRules(this.visit.conversationId, rules);
  }

  async send(person: Person, text: string): Promise<void> {
    const client = this.clients.get(person.id);
    if (client === undefined) return;
    this.begin(person, text);
    try {
      const sent = await client.send(this.visit.conversationId, text);
      if ('dropped' in sent) {
        this.stop('verdict', 'dropped: nobody will see it');
        this.note(person, text, 'dropped by a rule');
        return;
      }
      const isNarrowed = sent.modified?.recipients !== undefined;
      const wording = sent.modified?.content === undefined ? 'as it was' : 'reworded';
      this.reach('verdict', isNarrowed ? 'delivered to nobody else' : `delivered ${wording}`);
      this.reach('stored', `seq ${String(sent.seq)}, committed`);
      const other = this.otherThan(person);
      if (isNarrowed) this.skip('delivered', 'whispered: for the sender alone');
      else if (!other.isOnline.value) this.skip('delivered', `${other.name} is away, and hears it on return`);
      if (isNarrowed || other.isOnline.value) this.skip('push', 'nobody who should hear it is away');
      this.change((journey) => ({ ...journey, eventId: sent.eventId }));
      for (const [station, detail] of this.seen.get(sent.eventId) ?? []) this.reach(station, detail);
    } catch (error) {
      const detail = error instanceof HooklineError ? (error.hook?.detail ?? error.message) : String(error);
      this.stop('verdict', `rejected: ${detail}`);
      this.note(person, text, `rejected: ${detail}`);
    }
  }

  private otherThan(person: Person): Person {
    return this.people[0] === person ? this.people[1] : this.people[0];
  }

  private begin(sender: Person, text: string): void {
    this.startedAt = performance.now();
    this.matched.value = [];
    this.seen.clear();
    const steps = Object.fromEntries(stations.map((station) => [station, waiting])) as Journey['steps'];
    this.journey.value = { text, sender, eventId: null, steps };
    this.reach('sent', 'with an idempotency key');
  }

  private heard(person: Person, event: TimelineEvent): void {
    if (event.type !== 'message' || event.content.type !== 'text') return;
    const { id, senderId, content } = event;
    const isOwn = senderId === person.id;
    this.addLine(person, { key: id, senderId, text: content.text, isOwn, note: null });
    if (!isOwn) this.sighted(id, 'delivered', `${person.name} hears “${content.text}”`);
  }

  private told<Name extends keyof Told>(name: Name, data: Told[Name]): void {
    const journey = this.journey.value;
    if (journey === null) return;
    if (name === 'hook') {
      const { senderId, text, matched } = data as Told['hook'];
      if (senderId !== journey.sender.id || text !== journey.text) return;
      this.matched.value = matched;
      const count = matched.length;
      this.reach(
        'hooks',
        count === 0 ? 'no rule matched' : `${String(count)} rule${count > 1 ? 's' : ''} matched`,
      );
    } else if (name === 'webhook') {
      this.sighted((data as Told['webhook']).eventId, 'webhook', 'signed, delivered, acknowledged');
    } else {
      const { eventId, body } = data as Told['push'];
      this.sighted(eventId, 'push', `would be pushed: “${body}”`);
    }
  }

  private sighted(eventId: string, station: Station, detail: string): void {
    if (this.journey.value?.eventId === eventId) this.reach(station, detail);
    else this.seen.set(eventId, [...(this.seen.get(eventId) ?? []), [station, detail]]);
  }

  private note(person: Person, text: string, note: string): void {
    this.addLine(person, { key: crypto.randomUUID(), senderId: person.id, text, isOwn: true, note });
  }

  private addLine(person: Person, line: Line): void {
    person.lines.value = [...person.lines.value, line].slice(-200);
  }

  private reach(station: Station, detail: string): void {
    this.set(station, { state: 'done', detail, after: performance.now() - this.startedAt });
  }

  private skip(station: Station, detail: string): void {
    this.set(station, { state: 'skipped', detail, after: null });
  }

  /** The message's way ends here. */
  private stop(station: Station, detail: string): void {
    this.set(station, { state: 'stopped', detail, after: performance.now() - this.startedAt });
    for (const later of stations.slice(stations.indexOf(station) + 1)) this.skip(later, '');
  }

  private set(station: Station, step: Step): void {
    this.change((journey) => ({ ...journey, steps: { ...journey.steps, [station]: step } }));
  }

  private change(work: (journey: Journey) => Journey): void {
    if (this.journey.value !== null) this.journey.value = work(this.journey.value);
  }
}
