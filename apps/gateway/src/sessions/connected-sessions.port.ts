import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { closeSession, renewGatewayLease } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { ClientSession, type ClientIdentity, type ClientSink } from '../delivery/client-session.port.js';
import { Feeds, type SweptSessions, type SweptUser } from '../delivery/feeds.port.js';

/** A gateway that cannot renew lets its clients go this long (ms) before its lease is void. */
const fencingMargin = 2 * limits.leaseRenewal;

/**
 * The clients of this gateway, under the lease of its present life. A gateway that cannot renew its lease disconnects its
 * clients before it is void (fencing): whoever asks the database who is connected is never told less than the truth for
 * longer than that.
 */
@Injectable()
export class ConnectedSessions implements SweptSessions, OnApplicationBootstrap, BeforeApplicationShutdown {
  /** New at every start and after every fencing: sessions of a former life do not come back with its replacement. */
  private incarnation = uuidv7();
  private readonly sessions = new Map<string, ClientSession>();
  /** Closed here, and not yet known to be closed by the conversation app. */
  private readonly untold = new Set<string>();
  private renewal: NodeJS.Timeout | undefined;
  private renewedAt = -Infinity;

  constructor(
    private readonly bus: Bus,
    private readonly feeds: Feeds,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.feeds.sweepSessions(this);
    this.renewal = setInterval(() => {
      void this.keepLease();
    }, limits.leaseRenewal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.renewal);
    const ids = [...this.sessions.keys()];
    this.endAll(new HooklineError('service_unavailable', 'This gateway stops; connect again'));
    await Promise.all(ids.map((id) => this.close(id)));
  }

  /** A session that is not open yet; `open` it, and `close` it whatever came of that. */
  create(client: Omit<ClientIdentity, 'sessionId' | 'incarnation'>, sink: ClientSink): ClientSession {
    const identity = { ...client, sessionId: uuidv7(), incarnation: this.incarnation };
    const session = new ClientSession(identity, sink, this.bus, this.feeds, this.log);
    // Opening the first session renews the lease.
    if (this.sessions.size === 0) this.renewedAt = performance.now();
    this.sessions.set(identity.sessionId, session);
    return session;
  }

  async close(sessionId: string): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (session === undefined) return;
    this.sessions.delete(sessionId);
    try {
      await session.close();
    } catch {
      // Told again with the next renewal; until then the user seems to be connected.
      this.untold.add(sessionId);
    }
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

  private async keepLease(): Promise<void> {
    if (this.sessions.size === 0 && this.untold.size === 0) return;
    this.fence();
    const asked = performance.now();
    const incarnation = this.incarnation;
    try {
      await this.bus.ask(renewGatewayLease, { incarnation });
      if (incarnation === this.incarnation) this.renewedAt = asked;
      for (const sessionId of this.untold) {
        await this.bus.ask(closeSession, { sessionId });
        this.untold.delete(sessionId);
      }
    } catch (error) {
      this.log.warn({ reason: String(error) }, 'the lease could not be renewed');
    }
  }

  private fence(): void {
    if (this.sessions.size === 0 || performance.now() - this.renewedAt < limits.leaseDuration - fencingMargin)
      return;
    this.log.warn(
      { sessions: this.sessions.size },
      'the lease could not be kept, all clients are disconnected',
    );
    this.incarnation = uuidv7();
    this.endAll(
      new HooklineError('service_unavailable', 'This gateway cannot reach the platform; connect again'),
    );
  }

  private endAll(reason: HooklineError): void {
    for (const session of this.sessions.values()) session.end(reason);
  }
}
