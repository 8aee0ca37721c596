import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { endedSessions } from '#contracts/session-ends.js';
import { closeSession, refreshSession } from '#contracts/sessions.js';
import type { SessionReady } from '#contracts/sockets.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import type { UserToken } from '../auth/authentication.port.js';
import { ClientSession, type ClientIdentity } from '../delivery/client-session.port.js';
import type { ClientSink } from '../delivery/client-sink.port.js';
import type { SweptSessions, SweptUser } from '../delivery/feeds.port.js';
import { SessionFeeds } from '../delivery/session-feeds.port.js';
import { GatewayLease } from './gateway-lease.js';

/** How often the lease is looked at, and a renewal without an answer repeated (ms). */
const leaseTick = 500;
/** How often it is asked which sessions others have ended (ms); usually it was heard before. */
const endedInterval = 1_000;

/** What a dialect knows of a client. */
export interface NewClient extends Omit<ClientIdentity, 'sessionId' | 'incarnation' | 'token'> {
  readonly token: UserToken | null;
}

type Closing = z.input<typeof closeSession.question>;
/** Why a session is over, as its gateway knows it. */
type End = Pick<Closing, 'reason' | 'error'>;

/**
 * The clients of this gateway, under the lease of its present life. A gateway that cannot renew its lease disconnects its
 * clients before it is void (fencing): whoever asks the database who is connected is never told less than the truth for
 * longer than that.
 */
@Injectable()
export class ConnectedSessions implements SweptSessions, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sessions = new Map<string, ClientSession>();
  /** Closed here, and not yet known to be closed by the conversation app. */
  private readonly untold = new Set<Closing>();
  /** By session, when the client's token expires (ms). */
  private readonly expiries = new Map<string, number>();
  /** Ended by others, and let go here; the conversation app may not know that yet. */
  private told: string[] = [];
  private askingForEnded = false;
  private ticks: NodeJS.Timeout | undefined;
  private endedTicks: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly feeds: SessionFeeds,
    private readonly lease: GatewayLease,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.feeds.conversations.sweepSessions(this);
    this.ticks = setInterval(() => {
      this.keepLease();
      this.endExpired();
    }, leaseTick);
    this.endedTicks = setInterval(() => {
      void this.endWhatOthersEnded();
    }, endedInterval);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.ticks);
    clearInterval(this.endedTicks);
    await this.endAll(
      new HooklineError('service_unavailable', 'This gateway stops; connect again'),
      'stopped',
    );
    await this.feeds.cursors.flush();
  }

  /** A session that is not open yet; `open` it, and `close` it whatever came of that. */
  create(client: NewClient, sink: Omit<ClientSink, 'refreshed'>): ClientSession {
    const identity = { ...client, sessionId: uuidv7(), incarnation: this.lease.incarnation };
    const refreshed = (expiresAt: number): void => {
      if (this.sessions.has(identity.sessionId)) this.expiries.set(identity.sessionId, expiresAt);
    };
    const session = new ClientSession(identity, { ...sink, refreshed }, this.bus, this.feeds, this.log);
    this.sessions.set(identity.sessionId, session);
    if (client.token !== null) this.expiries.set(identity.sessionId, client.token.expiresAt);
    return session;
  }

  /**
   * The session goes on under this token, which is one of its user.
   *
   * @throws HooklineError token_revoked; session_not_found when it is not open, or not any more
   */
  async renewToken({ identity }: ClientSession, token: UserToken): Promise<void> {
    const { applicationId, userId, sessionId } = identity;
    await this.bus.ask(refreshSession, { applicationId, userId, sessionId, token });
    if (this.sessions.has(sessionId)) this.expiries.set(sessionId, token.expiresAt);
  }

  /**
   * See `ClientSession.open`.
   *
   * @throws HooklineError service_unavailable when this gateway has no lease, or what the conversation app answers
   */
  async open(session: ClientSession): Promise<SessionReady['conversations']> {
    await this.lease.take();
    const isClosed = !this.sessions.has(session.identity.sessionId);
    if (isClosed || !this.lease.isHeld) throw new HooklineError('service_unavailable');
    return session.open();
  }

  async close(sessionId: string, end: End): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (session === undefined) return;
    this.sessions.delete(sessionId);
    this.expiries.delete(sessionId);
    session.close(end.reason === 'closed');
    // Not after the opening, which may wait for an answer for long: whichever is stored first decides.
    await this.tell({ ...session.wireIdentity, ...end });
  }

  users(): readonly SweptUser[] {
    return [...this.sessions.values()]
      .filter(({ isOpen }) => isOpen)
      .map(({ identity: { applicationId, userId }, listVersion }) => ({
        applicationId,
        userId,
        listVersion,
      }));
  }

  refresh(applicationId: string, userId: string): void {
    for (const session of this.sessions.values()) {
      if (session.identity.applicationId === applicationId && session.identity.userId === userId)
        session.refresh();
    }
  }

  private keepLease(): void {
    if (this.lease.hasLapsed) this.fence();
    if (this.lease.isDue) void this.renew();
  }

  private async renew(): Promise<void> {
    try {
      const renewed = await this.lease.renew();
      if (renewed === 'void') this.fence();
      if (renewed === 'held') await Promise.all([...this.untold].map((closing) => this.tell(closing)));
    } catch (error) {
      const reason = String(error);
      if (this.lease.isAwaitingThem) this.log.debug({ reason }, 'nobody gives a lease yet');
      else this.log.warn({ reason }, 'the lease could not be renewed');
    }
  }

  private fence(): void {
    this.log.warn(
      { sessions: this.sessions.size },
      'the lease could not be kept, all clients are disconnected',
    );
    this.lease.begin();
    void this.endAll(
      new HooklineError('service_unavailable', 'This gateway cannot reach the platform; connect again'),
      'fenced',
    );
  }

  private async endAll(error: HooklineError, reason: Closing['reason']): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => this.end(session, error, reason)));
  }

  private end(session: ClientSession, error: HooklineError, reason: Closing['reason']): Promise<void> {
    // Closed first: to be disconnected is no reason of its own.
    const closed = this.close(session.identity.sessionId, { reason });
    session.end(error);
    return closed;
  }

  private endExpired(): void {
    const expired = Date.now() - limits.clockTolerance;
    for (const [sessionId, expiry] of this.expiries) {
      const session = this.sessions.get(sessionId);
      if (expiry <= expired && session !== undefined)
        void this.end(session, new HooklineError('token_expired'), 'expired');
    }
  }

  /** The notice may have been lost. What was let go is told with the next question. */
  private async endWhatOthersEnded(): Promise<void> {
    if (this.askingForEnded || this.sessions.size + this.told.length === 0) return;
    this.askingForEnded = true;
    try {
      const { incarnation } = this.lease;
      const { ended } = await this.bus.ask(endedSessions, { incarnation, told: this.told });
      for (const { sessionId, error } of ended)
        this.sessions.get(sessionId)?.end(HooklineError.fromWire(error));
      this.told = ended.map(({ sessionId }) => sessionId);
    } catch {
      // Asked again in a moment.
    } finally {
      this.askingForEnded = false;
    }
  }

  /**
   * Never rejects: told again with the next renewal, and until then the user seems to be connected. What a former life has
   * left is not told again: its lease is void before long.
   */
  private async tell(closing: Closing): Promise<void> {
    this.untold.delete(closing);
    try {
      await this.bus.ask(closeSession, closing);
    } catch {
      if (closing.incarnation === this.lease.incarnation) this.untold.add(closing);
    }
  }
}
