import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { limits } from '#contracts/limits.js';
import { renewGatewayLease } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { ClientSession, type ClientIdentity, type ClientSink } from '../delivery/client-session.port.js';
import { Feeds, type SweptSessions, type SweptUser } from '../delivery/feeds.port.js';

/** The clients of this gateway, under the lease of its present life. */
@Injectable()
export class ConnectedSessions implements SweptSessions, OnApplicationBootstrap, BeforeApplicationShutdown {
  /** New at every start: sessions of a gateway that died do not come back with its replacement. */
  readonly incarnation = uuidv7();
  private readonly sessions = new Map<string, ClientSession>();
  private renewal: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly feeds: Feeds,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.feeds.sweepSessions(this);
    this.renewal = setInterval(() => {
      if (this.sessions.size > 0) void this.renew();
    }, limits.leaseRenewal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.renewal);
    await Promise.all([...this.sessions.keys()].map((id) => this.close(id)));
  }

  /** A session that is not open yet; `open` it, and `close` it whatever came of that. */
  create(client: Omit<ClientIdentity, 'sessionId' | 'incarnation'>, sink: ClientSink): ClientSession {
    const identity = { ...client, sessionId: uuidv7(), incarnation: this.incarnation };
    const session = new ClientSession(identity, sink, this.bus, this.feeds, this.log);
    this.sessions.set(identity.sessionId, session);
    return session;
  }

  async close(sessionId: string): Promise<void> {
    const session = this.sessions.get(sessionId);
    this.sessions.delete(sessionId);
    try {
      await session?.close();
    } catch (error) {
      // Its row goes with the lease of this gateway.
      this.log.warn({ sessionId, reason: String(error) }, 'a closed session could not be told');
    }
  }

  users(): readonly SweptUser[] {
    return [...this.sessions.values()].map(({ identity: { applicationId, userId }, listVersion }) => ({
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

  private async renew(): Promise<void> {
    try {
      await this.bus.ask(renewGatewayLease, { incarnation: this.incarnation });
    } catch (error) {
      this.log.warn({ reason: String(error) }, 'the lease could not be renewed');
    }
  }
}
