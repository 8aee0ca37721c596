import { setTimeout as wait } from 'node:timers/promises';
import { splitByPresence } from '#contracts/conversation.js';
import { busErrors } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import type { ChaosClient } from './chaos-client.js';
import { offlineAfter, type Driver } from './driver.js';
import type { Report } from './findings.js';

interface Subject {
  readonly applicationId: string;
  readonly conversationKey: string;
}

interface ProbeOptions {
  /** Any conversation: what is asked names the users. */
  readonly subject: Subject;
  readonly clients: readonly ChaosClient[];
  readonly driver: Driver;
  readonly report: Report;
}

interface Snapshot {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly online: ReadonlySet<string>;
}

const betweenProbes = 1_500;

/** Compares what the platform says about who is connected with what the clients know. */
export class PresenceProbe {
  probes = 0;
  unanswered = 0;
  /** How often a user was rightly found online, and offline. */
  readonly confirmed = { online: 0, offline: 0 };
  private readonly reported = new Set<string>();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly bus: Bus,
    private readonly options: ProbeOptions,
  ) {}

  static async open(natsUrl: string, options: ProbeOptions): Promise<PresenceProbe> {
    const log = Log.create('chaos', 'silent');
    const connection = await NatsConnection.open(natsUrl, 'chaos', log);
    return new PresenceProbe(connection, new Bus(connection, busErrors, log), options);
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await wait(betweenProbes);
      await this.probe();
    }
  }

  async probe(): Promise<void> {
    const before = this.options.clients.map((client) => ({
      client,
      readySince: client.readySince,
      connection: client.connections,
    }));
    const snapshot = await this.snapshot();
    this.probes += 1;
    if (snapshot === undefined) {
      this.unanswered += 1;
      return;
    }
    // A gateway that lets its clients go has done so before its lease is void; the news may still be on its way here.
    await wait(1_000);
    for (const { client, readySince, connection } of before) {
      const isSteady = readySince !== undefined && client.isReady && client.connections === connection;
      if (isSteady) this.expectOnline(client, snapshot);
    }
    for (const userId of new Set(this.options.clients.map(({ user }) => user.id)))
      this.expectOffline(userId, snapshot);
  }

  /** Who is online now; undefined when the platform does not answer. */
  async snapshot(): Promise<Snapshot | undefined> {
    const askedAt = Date.now();
    const userIds = [...new Set(this.options.clients.map(({ user }) => user.id))];
    try {
      const question = { ...this.options.subject, seq: 1, userIds, exclude: [] };
      const { online } = await this.bus.ask(splitByPresence, question);
      return { askedAt, answeredAt: Date.now(), online: new Set(online) };
    } catch {
      return undefined;
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private expectOnline(client: ChaosClient, { askedAt, answeredAt, online }: Snapshot): void {
    if (online.has(client.user.id)) {
      this.confirmed.online += 1;
      return;
    }
    // A paused gateway cannot let its clients go, and a killed one's clients have yet to notice.
    if (this.options.driver.disturbed(client.gateway.name, askedAt - offlineAfter, answeredAt)) return;
    this.tell('connected, but said to be offline', client.user.id, {
      client: client.name,
      gateway: client.gateway.name,
      readySince: client.readySince,
      askedAt,
      answeredAt,
    });
  }

  private expectOffline(userId: string, { askedAt, answeredAt, online }: Snapshot): void {
    const own = this.options.clients.filter(({ user }) => user.id === userId);
    const since = Math.max(...own.map(({ awaySince }) => awaySince ?? Infinity));
    if (askedAt - since < offlineAfter) return;
    if (!online.has(userId)) {
      this.confirmed.offline += 1;
      return;
    }
    this.tell('away for longer than lease + 2 s, but said to be online', userId, {
      awayFor: askedAt - since,
      clients: own.map((client) => ({ name: client.name, gateway: client.gateway.name })),
      askedAt,
      answeredAt,
    });
  }

  /** Once per user and kind: a wrong state that lasts is one error. */
  private tell(what: string, userId: string, evidence: object): void {
    const key = `${what} ${userId}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    this.options.report('presenceErrors', what, { userId, ...evidence });
  }
}
