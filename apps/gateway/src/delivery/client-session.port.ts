import type { Subscription } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { LiveSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { SessionEnding } from '#contracts/session-ends.js';
import {
  openSession,
  userNotice,
  userSubject,
  type LiveEvent,
  type MembershipView,
  type SessionIdentity,
  type UserNotice,
} from '#contracts/sessions.js';
import type { SessionReady } from '#contracts/sockets.js';
import type { Bus } from '#platform/bus/bus.js';
import type { Log } from '#platform/log.js';
import { Enrolment, publicError } from './enrolment.js';
import type { ClientIdentity, ClientSink } from './client-sink.port.js';
import { FollowedConversations } from './followed-conversations.js';
import { goneAmong, joinedMemberships, resumedBesides } from './memberships.js';
import { SessionBroadcasts } from './session-broadcasts.js';
import type { SessionConversation } from './session-conversation.js';
import type { FeedsOfSession } from './session-feeds.port.js';
import { newStartOf, startOf } from './starting-point.js';
import { SessionRooms } from './session-rooms.js';

export { publicError, type ClientIdentity, type ClientSink };

/** What has its place between the events. */
type ListNotice = Exclude<UserNotice, { kind: 'sessions_ended' | 'session_refreshed' | 'signal' }>;

/** Conversations of a connecting client that are caught up side by side. */
const broughtUpAtOnce = 8;

/** One connected client: which conversations it is in, caught up and kept live. Knows no dialect. */
export class ClientSession {
  readonly rooms: SessionRooms;
  private readonly conversations: FollowedConversations;
  private readonly broadcasts: SessionBroadcasts;
  private early: ListNotice[] | null = [];
  private subscription: Subscription | undefined;
  private currentListVersion = 0;
  /** The version that the list had at least when it was last read. */
  private listedUpTo = 0;
  private closed = false;
  private refreshQueued = false;
  private readonly enrolment = new Enrolment();
  /** Changes of the list happen one after the other. */
  private changes: Promise<void> = Promise.resolve();

  constructor(
    readonly identity: ClientIdentity,
    private readonly sink: ClientSink,
    private readonly bus: Pick<Bus, 'ask' | 'flush' | 'subscribe'>,
    private readonly feeds: FeedsOfSession,
    private readonly log: Log,
  ) {
    const conversations = new FollowedConversations(identity, sink, feeds.conversations);
    const host = {
      identity,
      isOpen: () => this.isOpen,
      conversation: (membership: MembershipView, position: number) =>
        conversations.follower(membership, position),
      tells: (live: LiveEvent) => conversations.tells(live),
      sink,
    };
    this.conversations = conversations;
    this.rooms = new SessionRooms(host, bus, feeds.conversations);
    this.broadcasts = new SessionBroadcasts(host, bus, feeds);
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
      else if (notice.kind === 'signal') this.hearSignal(notice.signal);
      else if (notice.kind === 'session_refreshed') this.hearRefresh(notice);
      else if (this.early === null) this.hear(notice);
      else this.early.push(notice);
    });
    await this.bus.flush();
    await this.broadcasts.attach();
    const { memberships, broadcasts } = await this.enrol();
    const entered = memberships.map((membership) =>
      this.conversations.enter(membership, startOf(this.identity.resume, membership)),
    );
    await this.conversations.attach(entered.filter(({ membership }) => membership.state === 'joined'));
    const ready: SessionReady['conversations'] = [];
    for (let next = 0; next < entered.length && !this.closed; next += broughtUpAtOnce) {
      const portion = entered.slice(next, next + broughtUpAtOnce);
      ready.push(...(await Promise.all(portion.map((conversation) => this.bringUp(conversation)))));
    }
    await this.broadcasts.bringUp(broadcasts);
    const early = this.early ?? [];
    this.early = null;
    for (const notice of early) this.hear(notice);
    return ready;
  }

  /**
   * Stops everything at once; an opening that is under way comes to nothing.
   *
   * @param inOrder the client has said goodbye
   */
  close(inOrder = false): void {
    this.broadcasts.close(inOrder);
    this.closed = true;
    this.enrolment.refuse(new HooklineError('service_unavailable', 'The session is closed'));
    this.subscription?.unsubscribe();
    this.conversations.close();
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
      const absent = this.conversations
        .all()
        .filter(({ membership }) => !present.has(membership.conversationKey));
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
      this.listedUpTo = listVersion;
    });
  }

  /** Has the session stored, and learns of all conversations that it is in or asks to resume. */
  private async enrol(): Promise<{
    memberships: MembershipView[];
    broadcasts: z.output<typeof openSession.answer>['broadcasts'];
  }> {
    const { tag, token, resume } = this.identity;
    const first = await this.enrolment.decide(
      this.bus.ask(openSession, { ...this.wireIdentity, tag, token, reconnect: resume !== null }),
    );
    const { listVersion, memberships } = await joinedMemberships(this.bus, this.identity, first);
    this.currentListVersion = listVersion;
    this.listedUpTo = listVersion;
    const { left, gone } = await resumedBesides(this.bus, this.identity, memberships);
    for (const id of gone) this.sink.deleted(id);
    return { memberships: [...memberships, ...left], broadcasts: first.broadcasts };
  }

  /** Worth something now or not at all. */
  private hearSignal({ sessionId, signal }: LiveSignal): void {
    if (this.isOpen && sessionId !== this.identity.sessionId) this.sink.signal(signal);
  }

  private hearEndings(endings: readonly SessionEnding[]): void {
    const mine = endings.find(({ sessionId }) => sessionId === this.identity.sessionId);
    if (mine !== undefined && !this.closed) this.end(HooklineError.fromWire(mine.error));
  }

  private hearRefresh({ sessionId, expiresAt }: { sessionId: string; expiresAt: number }): void {
    if (sessionId === this.identity.sessionId && !this.closed) this.sink.refreshed(expiresAt);
  }

  private hear(notice: ListNotice): void {
    switch (notice.kind) {
      case 'event':
        if (!this.follows(notice.event)) this.outside(notice.event);
        else {
          // Its conversation's feed delivers what a member gets; but its end may be under way, and comes first.
          this.change(() => {
            if (!this.follows(notice.event)) this.outside(notice.event);
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
    // A list was read before this notice had its turn: it says what came of it, and may have another stay that looks the same.
    if (notice.listVersion <= this.listedUpTo) return;
    if (notice.kind === 'left_room') await this.rooms.end(notice.conversationKey, 'leftRoom');
    else if (notice.kind === 'deleted') {
      this.forget(notice.conversationKey);
      await this.rooms.end(notice.conversationKey, 'deleted');
    } else if (notice.membership.state === 'joined') await this.join(notice.membership);
    else await this.endAt(notice.membership);
  }

  private follows({ conversationId }: TimelineEvent): boolean {
    return this.conversations.has(conversationId) || this.rooms.has(conversationId);
  }

  /** An event of a conversation that the user is not in; it may have been caught up before the conversation's end. */
  private outside(event: TimelineEvent): void {
    if (this.closed || event.seq <= (this.conversations.givenBefore(event.conversationId) ?? 0)) return;
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
    let position = newStartOf(
      this.identity.resume,
      membership,
      this.conversations.givenBefore(conversationId),
    );
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
    await this.takeUp(this.conversations.enter(membership, position));
  }

  private async takeUp(conversation: SessionConversation): Promise<void> {
    await this.conversations.attach([conversation]);
    await conversation.catchUp(this.bus);
  }

  private async endAt(membership: MembershipView): Promise<void> {
    const known = this.conversations.get(membership.conversationKey);
    // The stay that has ended may have been followed by another, seen in a list that was read before this notice's turn.
    if (known === undefined || known.membership.joinedSeq > membership.joinedSeq) return;
    await known.catchUp(this.bus);
    this.leave(membership.conversationKey);
  }

  private leave(conversationKey: string): void {
    this.conversations.leave(conversationKey);
    this.broadcasts.left();
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

  private async bringUp(conversation: SessionConversation): Promise<SessionReady['conversations'][number]> {
    const { conversationId, state, conversationKey } = conversation.membership;
    const muted = conversation.isMuted;
    const { resume } = this.identity;
    if (resume !== null && !resume.has(conversationId)) this.sink.conversation(conversationId);
    let tooFarBehind = conversation.isTooFarBehind;
    if (tooFarBehind) conversation.skipToEnd();
    const isUpToDate =
      state === 'joined' &&
      this.feeds.conversations.position(conversationKey) <= conversation.currentPosition;
    if (isUpToDate) conversation.goLive();
    else tooFarBehind = (await conversation.catchUp(this.bus, limits.resumeEvents)) || tooFarBehind;
    if (state === 'left') this.leave(conversationKey);
    return { conversationId, seq: conversation.resumeSeq, state, muted, tooFarBehind };
  }
}
