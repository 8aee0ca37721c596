import type { Subscription } from '@nats-io/transport-node';
import { HooklineError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { SessionEnding } from '#contracts/session-ends.js';
import {
  openSession,
  userNotice,
  userSubject,
  type MembershipView,
  type SessionIdentity,
  type UserNotice,
} from '#contracts/sessions.js';
import type { SessionReady } from '#contracts/sockets.js';
import type { Bus } from '#platform/bus/bus.js';
import type { Log } from '#platform/log.js';
import { Enrolment, publicError } from './enrolment.js';
import type { ClientIdentity, ClientSink } from './client-sink.port.js';
import type { Feeds } from './feeds.port.js';
import { goneAmong, joinedMemberships, namedMemberships } from './memberships.js';
import { SessionConversation } from './session-conversation.js';
import { newStartOf, startOf } from './starting-point.js';
import { SessionRooms } from './session-rooms.js';

export { publicError, type ClientIdentity, type ClientSink };

/** What has its place between the events. */
type ListNotice = Exclude<UserNotice, { kind: 'sessions_ended' }>;

/** Conversations of a connecting client that are caught up side by side. */
const broughtUpAtOnce = 8;

/** One connected client: which conversations it is in, caught up and kept live. Knows no dialect. */
export class ClientSession {
  readonly rooms: SessionRooms;
  private readonly conversations = new Map<string, SessionConversation>();
  private early: ListNotice[] | null = [];
  private subscription: Subscription | undefined;
  /** By id, how far those conversations were followed that are followed no more. */
  private readonly endedAt = new Map<string, number>();
  private currentListVersion = 0;
  private closed = false;
  private refreshQueued = false;
  private readonly enrolment = new Enrolment();
  /** Changes of the list happen one after the other. */
  private changes: Promise<void> = Promise.resolve();

  constructor(
    readonly identity: ClientIdentity,
    private readonly sink: ClientSink,
    private readonly bus: Pick<Bus, 'ask' | 'flush' | 'subscribe'>,
    private readonly feeds: Pick<Feeds, 'attach' | 'detach' | 'position'>,
    private readonly log: Log,
  ) {
    const host = {
      identity,
      isOpen: () => this.isOpen,
      conversation: (membership: MembershipView, position: number) => this.follower(membership, position),
      sink,
    };
    this.rooms = new SessionRooms(host, bus, feeds);
  }

  /** See `Enrolment.stored`. */
  get enrolled(): Promise<unknown> {
    return this.enrolment.stored;
  }

  get listVersion(): number {
    return this.currentListVersion;
  }

  /** Open, and so to be kept up to date. */
  get isOpen(): boolean {
    return this.early === null && !this.closed;
  }

  /** The session as the conversation app is told of it. */
  get wireIdentity(): SessionIdentity {
    const { sessionId, incarnation, applicationId, userId, dialect, address } = this.identity;
    return { sessionId, incarnation, applicationId, userId, dialect, address };
  }

  /**
   * Subscribes, buffers, catches up, releases the buffer.
   *
   * @throws HooklineError user_not_found, or what the conversation app answers; the session must be closed then
   */
  async open(): Promise<SessionReady['conversations']> {
    const { applicationId, userId } = this.identity;
    this.subscription = this.bus.subscribe(userSubject(applicationId, userId), (payload) => {
      const notice = userNotice.parse(payload);
      if (notice.kind === 'sessions_ended') this.hearEndings(notice.endings);
      else if (this.early === null) this.hear(notice);
      else this.early.push(notice);
    });
    await this.bus.flush();
    const memberships = await this.enrol();
    const entered = memberships.map((membership) =>
      this.enter(membership, startOf(this.identity.resume, membership)),
    );
    await this.attach(entered.filter(({ membership }) => membership.state === 'joined'));
    const ready: SessionReady['conversations'] = [];
    for (let next = 0; next < entered.length && !this.closed; next += broughtUpAtOnce) {
      const portion = entered.slice(next, next + broughtUpAtOnce);
      ready.push(...(await Promise.all(portion.map((conversation) => this.bringUp(conversation)))));
    }
    const early = this.early ?? [];
    this.early = null;
    for (const notice of early) this.hear(notice);
    return ready;
  }

  /** Stops everything at once; an opening that is under way comes to nothing. */
  close(): void {
    this.closed = true;
    this.enrolment.refuse(new HooklineError('service_unavailable', 'The session is closed'));
    this.subscription?.unsubscribe();
    this.leaveAll();
    this.rooms.close();
  }

  end(reason: HooklineError): void {
    this.sink.end(reason);
  }

  /** The list has changed and the notice may be lost: read it anew. */
  refresh(): void {
    if (!this.isOpen || this.refreshQueued) return;
    this.refreshQueued = true;
    this.change(async () => {
      this.refreshQueued = false;
      const { listVersion, memberships } = await joinedMemberships(this.bus, this.identity);
      for (const membership of memberships) await this.join(membership);
      const present = new Set(memberships.map(({ conversationKey }) => conversationKey));
      const absent = [...this.conversations.values()].filter(
        ({ membership }) => !present.has(membership.conversationKey),
      );
      const gone = await this.gone(absent.map(({ membership }) => membership.conversationId));
      for (const conversation of absent) {
        const { conversationId, conversationKey } = conversation.membership;
        if (gone.has(conversationId)) this.forget(conversationKey);
        else {
          // The server shows a former member nothing beyond its leaving.
          await conversation.catchUp(this.bus);
          this.leave(conversationKey);
        }
      }
      await this.rooms.recheck();
      this.currentListVersion = listVersion;
    });
  }

  /** Has the session stored, and learns of all conversations that it is in or asks to resume. */
  private async enrol(): Promise<MembershipView[]> {
    const { tag, token, resume } = this.identity;
    const first = await this.enrolment.decide(
      this.bus.ask(openSession, { ...this.wireIdentity, tag, token, reconnect: resume !== null }),
    );
    const { listVersion, memberships } = await joinedMemberships(this.bus, this.identity, first);
    this.currentListVersion = listVersion;
    const joined = new Set(memberships.map(({ conversationId }) => conversationId));
    const others = [...(this.identity.resume?.keys() ?? [])].filter((id) => !joined.has(id));
    const left = await namedMemberships(this.bus, this.identity, others);
    const known = new Set(left.map(({ conversationId }) => conversationId));
    // Rooms, and what the user is invited to, it may know without ever having been a member.
    for (const id of await this.gone(others.filter((other) => !known.has(other)))) this.sink.deleted(id);
    return [...memberships, ...left];
  }

  private hearEndings(endings: readonly SessionEnding[]): void {
    const mine = endings.find(({ sessionId }) => sessionId === this.identity.sessionId);
    if (mine !== undefined && !this.closed) this.end(HooklineError.fromWire(mine.error));
  }

  /** Attaches, unless the session was closed meanwhile: nothing may stay attached to a closed session. */
  private async attach(conversations: readonly SessionConversation[]): Promise<void> {
    await this.feeds.attach(
      conversations.map((conversation) => ({
        conversationKey: conversation.membership.conversationKey,
        listener: conversation,
      })),
    );
    if (!this.closed) return;
    for (const conversation of conversations) {
      this.feeds.detach(conversation.membership.conversationKey, conversation);
    }
  }

  private hear(notice: ListNotice): void {
    switch (notice.kind) {
      case 'event':
        if (!this.follows(notice.event.conversationId)) this.outside(notice.event);
        else {
          // Its conversation's feed delivers what a member gets; but its end may be under way, and comes first.
          this.change(() => {
            if (!this.follows(notice.event.conversationId)) this.outside(notice.event);
          });
        }
        return;
      case 'membership':
      case 'deleted':
      case 'left_room':
        if (notice.listVersion <= this.currentListVersion) return;
        // A version was missed in between: only the whole list tells what it was.
        if (notice.listVersion > this.currentListVersion + 1) {
          this.refresh();
          return;
        }
        this.currentListVersion = notice.listVersion;
        this.change(() => this.follow(notice));
    }
  }

  private async follow(notice: Exclude<ListNotice, { kind: 'event' }>): Promise<void> {
    if (notice.kind === 'left_room') await this.rooms.end(notice.conversationKey, 'leftRoom');
    else if (notice.kind === 'deleted') {
      this.forget(notice.conversationKey);
      await this.rooms.end(notice.conversationKey, 'deleted');
    } else if (notice.membership.state === 'joined') await this.join(notice.membership);
    else await this.endAt(notice.membership);
  }

  private follows(id: string): boolean {
    const listed = [...this.conversations.values()].map(({ membership }) => membership.conversationId);
    return listed.includes(id) || this.rooms.has(id);
  }

  /** An event of a conversation that the user is not in; it may have been caught up before the conversation's end. */
  private outside(event: TimelineEvent): void {
    if (this.closed || event.seq <= (this.endedAt.get(event.conversationId) ?? 0)) return;
    this.sink.event(event);
  }

  private change(work: () => void | Promise<void>): void {
    this.changes = this.changes.then(work).catch((error: unknown) => {
      // The next sweep finds the list stale and tries again.
      this.currentListVersion = -1;
      this.log.warn(
        { sessionId: this.identity.sessionId, reason: String(error) },
        'a conversation list could not be followed',
      );
    });
  }

  private async join(membership: MembershipView): Promise<void> {
    const { conversationKey, conversationId, joinedSeq } = membership;
    const known = this.conversations.get(conversationKey);
    let position = newStartOf(this.identity.resume, membership, this.endedAt.get(conversationId));
    if (known !== undefined) {
      if (known.membership.joinedSeq === joinedSeq) {
        if (known.isMuted !== membership.muted) {
          known.isMuted = membership.muted;
          this.sink.muted(conversationId, membership.muted);
        }
        // Left half-way by an earlier failure.
        if (known.isCatchingUp) await this.takeUp(known);
        return;
      }
      // A later list was read before this notice had its turn.
      if (known.membership.joinedSeq > joinedSeq) return;
      await known.catchUp(this.bus);
      position = newStartOf(this.identity.resume, membership, known.givenPosition);
      this.leave(conversationKey);
    }
    if (this.closed) return;
    if (known === undefined) this.sink.conversation(conversationId);
    await this.takeUp(this.enter(membership, position));
  }

  private async takeUp(conversation: SessionConversation): Promise<void> {
    await this.attach([conversation]);
    await conversation.catchUp(this.bus);
  }

  private async endAt(membership: MembershipView): Promise<void> {
    const known = this.conversations.get(membership.conversationKey);
    // The stay that has ended may have been followed by another, seen in a list that was read before this notice's turn.
    if (known === undefined || known.membership.joinedSeq > membership.joinedSeq) return;
    await known.catchUp(this.bus);
    this.leave(membership.conversationKey);
  }

  private enter(membership: MembershipView, position: number): SessionConversation {
    const conversation = this.follower(membership, position);
    this.conversations.set(membership.conversationKey, conversation);
    return conversation;
  }

  private follower(membership: MembershipView, position: number): SessionConversation {
    return new SessionConversation(membership, this.identity.userId, position, {
      event: (event) => {
        if (!this.closed) this.sink.event(event);
      },
      signal: ({ sessionId, signal }) => {
        if (!this.closed && sessionId !== this.identity.sessionId) this.sink.signal(signal);
      },
      receipts: (receipts) => {
        if (!this.closed) this.sink.receipts(receipts);
      },
      room: () => this.sink.room(),
    });
  }

  private leave(conversationKey: string): void {
    const conversation = this.conversations.get(conversationKey);
    if (conversation === undefined) return;
    this.conversations.delete(conversationKey);
    this.endedAt.set(conversation.membership.conversationId, conversation.givenPosition);
    this.feeds.detach(conversationKey, conversation);
  }

  /** A conversation that does not exist any more. */
  private forget(conversationKey: string): void {
    const conversation = this.conversations.get(conversationKey);
    if (conversation === undefined) return;
    this.leave(conversationKey);
    if (!this.closed) this.sink.deleted(conversation.membership.conversationId);
  }

  private gone(conversationIds: readonly string[]): Promise<Set<string>> {
    return goneAmong(this.bus, this.identity.applicationId, conversationIds);
  }

  private leaveAll(): void {
    for (const key of [...this.conversations.keys()]) this.leave(key);
  }

  private async bringUp(conversation: SessionConversation): Promise<SessionReady['conversations'][number]> {
    const { conversationId, state, conversationKey } = conversation.membership;
    const muted = conversation.isMuted;
    const { resume } = this.identity;
    if (resume !== null && !resume.has(conversationId)) this.sink.conversation(conversationId);
    const tooFarBehind = conversation.isTooFarBehind;
    if (tooFarBehind) conversation.skipToEnd();
    const isUpToDate =
      state === 'joined' && this.feeds.position(conversationKey) <= conversation.currentPosition;
    if (isUpToDate) conversation.goLive();
    else await conversation.catchUp(this.bus);
    if (state === 'left') this.leave(conversationKey);
    return { conversationId, seq: conversation.endSeq, state, muted, tooFarBehind };
  }
}
