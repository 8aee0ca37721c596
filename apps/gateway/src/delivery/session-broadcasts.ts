import { readBroadcasts, type LiveBroadcast } from '#contracts/broadcasts.js';
import type { LiveSignal } from '#contracts/ephemeral.js';
import { limits } from '#contracts/limits.js';
import type { LiveEvent, SessionIdentity } from '#contracts/sessions.js';
import type { Bus } from '#platform/bus/bus.js';
import type { ApplicationListener } from './application-feeds.port.js';
import type { ClientSink } from './client-sink.port.js';
import type { FeedsOfSession } from './session-feeds.port.js';

/** What a session has to offer its broadcasts. */
interface Host {
  readonly identity: SessionIdentity;
  /** Whether a conversation that the session follows, or has followed, gives it the event. */
  readonly tells: (live: LiveEvent) => 'yes' | 'soon' | 'no';
  readonly sink: Pick<ClientSink, 'event' | 'signal' | 'room' | 'received'>;
}

/** Up to which broadcast the user was given all before, and the last that there was when the session was stored. */
interface Standing {
  readonly cursor: number;
  readonly head: number;
}

const readAtOnce = 20;

/**
 * The broadcasts of one session: those that its user has missed, then live ones. What a conversation gives that the session
 * follows comes by that, in its order. The user's cursor moves when the session ends, as far as the client has shown that it
 * was there to hear; so whatever breaks, broadcasts are given again, under the same ids, rather than lost.
 */
export class SessionBroadcasts implements ApplicationListener {
  private isLive = false;
  private closed = false;
  /** The highest number that the feed has told of. */
  private heard = 0;
  /** Everything up to here was given, or is left to a conversation. */
  private given = 0;
  /** Everything up to here the client has shown to have. */
  private received = 0;
  private confirming = false;
  /** As the conversation app knows it. */
  private cursor = Infinity;
  /** Those that conversations are still to give. */
  private soon: LiveBroadcast[] = [];

  constructor(
    private readonly host: Host,
    private readonly bus: Pick<Bus, 'ask'>,
    private readonly feeds: Pick<FeedsOfSession, 'applications' | 'cursors'>,
  ) {}

  /**
   * What is sent from now on is noticed; everything else is in the database.
   *
   * @throws HooklineError when the conversation app does not answer
   */
  async attach(): Promise<void> {
    const { applicationId } = this.host.identity;
    await this.feeds.applications.attach(applicationId, this);
    if (this.closed) this.feeds.applications.detach(applicationId, this);
  }

  /**
   * Gives what the user has missed, the newest of it; from then on live ones.
   *
   * @param standing as it was after attaching; undefined: nobody knows, and nothing is given but live ones
   * @throws HooklineError when the conversation app does not answer
   */
  async bringUp(standing: Standing | undefined): Promise<void> {
    const { applicationId } = this.host.identity;
    const here = this.feeds.applications.position(applicationId);
    if (standing !== undefined) this.cursor = standing.cursor;
    this.given = this.received = standing?.cursor ?? here;
    let newest: number | null = limits.broadcastsAtLogin;
    let head = standing?.head ?? here;
    while (this.given < Math.max(head, this.heard) && !this.closed) {
      const question = { applicationId, after: this.given, limit: readAtOnce, newest };
      const answer = await this.bus.ask(readBroadcasts, question);
      newest = null;
      await this.host.sink.room();
      for (const broadcast of answer.broadcasts) this.give(broadcast);
      this.given = answer.read;
      head = answer.head;
    }
    this.isLive = true;
    this.confirm();
  }

  hearBroadcast(broadcast: LiveBroadcast): void {
    this.heard = broadcast.number;
    // Until then it is read: so nothing waits here for a client that is slow to take what it has missed.
    if (!this.isLive || broadcast.number <= this.given) return;
    this.give(broadcast);
    this.given = broadcast.number;
    this.confirm();
  }

  hearEvent(live: LiveEvent): void {
    if (this.isLive && !this.closed && this.host.tells(live) === 'no') this.host.sink.event(live.event);
  }

  /** Worth something now or not at all. */
  hearSignal({ sessionId, signal }: LiveSignal): void {
    if (this.isLive && !this.closed && sessionId !== this.host.identity.sessionId)
      this.host.sink.signal(signal);
  }

  /** A conversation is followed no more: what it was still to give is given here. */
  left(): void {
    for (const broadcast of this.soon.splice(0)) this.give(broadcast);
  }

  /** @param inOrder the client has said goodbye, having heard everything before */
  close(inOrder: boolean): void {
    if (this.closed) return;
    const { applicationId, userId } = this.host.identity;
    const number = inOrder ? this.told() : this.received;
    this.closed = true;
    this.feeds.applications.detach(applicationId, this);
    if (number > this.cursor) this.feeds.cursors.move({ applicationId, userId, number });
  }

  private give(broadcast: LiveBroadcast): void {
    if (this.closed) return;
    const tells = this.host.tells(broadcast.live);
    if (tells === 'no') this.host.sink.event(broadcast.live.event);
    if (tells === 'soon') this.soon.push(broadcast);
  }

  /** Everything up to here the client was told, by whomever. */
  private told(): number {
    this.soon = this.soon.filter(({ live }) => this.host.tells(live) === 'soon');
    return Math.min(this.given, ...this.soon.map(({ number }) => number - 1));
  }

  /** Waits for a sign that the client has got everything until now; for one at a time. */
  private confirm(): void {
    if (this.confirming || this.closed) return;
    const told = this.told();
    if (told <= this.received) return;
    this.confirming = true;
    void this.host.sink.received().then(() => {
      this.confirming = false;
      this.received = told;
      this.confirm();
    });
  }
}
