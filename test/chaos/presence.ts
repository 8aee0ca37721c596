import { setTimeout as wait } from 'node:timers/promises';
import { splitByPresence } from '#contracts/presence.js';
import { busErrors } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import type { Snapshot } from './records.js';

interface Subject {
  readonly applicationId: string;
  /** Of any conversation: the question names the users. */
  readonly conversationKey: string;
}

const betweenProbes = 1_500;

/** Asks the platform again and again who is connected. */
export class PresenceProbe {
  readonly snapshots: Snapshot[] = [];
  unanswered = 0;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly bus: Bus,
    private readonly subject: Subject,
    private readonly userIds: string[],
  ) {}

  static async open(natsUrl: string, subject: Subject, userIds: string[]): Promise<PresenceProbe> {
    const log = Log.create('chaos', 'silent');
    const connection = await NatsConnection.open(natsUrl, 'chaos', log);
    return new PresenceProbe(connection, new Bus(connection, busErrors, log), subject, userIds);
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await wait(betweenProbes);
      await this.probe();
    }
  }

  /** Who is online now; undefined when the platform does not answer. */
  async probe(): Promise<Snapshot | undefined> {
    const askedAt = Date.now();
    try {
      const question = { ...this.subject, seq: 1, userIds: this.userIds, exclude: [] };
      const { online } = await this.bus.ask(splitByPresence, question);
      const snapshot = { askedAt, answeredAt: Date.now(), online: new Set(online) };
      this.snapshots.push(snapshot);
      return snapshot;
    } catch {
      this.unanswered += 1;
      return undefined;
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
