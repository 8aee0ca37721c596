import { z } from 'zod';
import type { Bus, BusCall } from './bus.js';
import { CopyHolders } from './copy-holders.js';
import type { NatsConnection } from './nats-connection.js';
import type { Log } from '../log.js';

/** A question as it travels, around what is asked: who asks for a copy says so. */
const renewal = z.object({ data: z.object({ replica: z.string() }) });

interface CopyProtocol<Change> {
  /** Subject of the question by which a replica renews its copy; the question has the field `replica`. */
  readonly renewal: string;
  /** Tells every replica that an older copy is void; answered by each when it has forgotten it. */
  readonly changed: BusCall<Change, { readonly replica: string }>;
  /** How long a copy is trusted, from the moment when its holder asked (ms). */
  readonly lease: number;
}

/**
 * Makes a committed change known to everybody who may trust an older copy, before the change is answered
 * (docs/adr/0010-hook-registry-lease.md).
 *
 * Renewals are heard on the connection on which the acknowledgements come, so that they cannot overtake one another:
 * whoever renewed before the announcement is known when the acknowledgements of the others arrive.
 */
export class CopyAnnouncement<Change> {
  private readonly holders: CopyHolders;

  constructor(
    private readonly bus: Bus,
    private readonly nats: NatsConnection,
    private readonly log: Log,
    private readonly protocol: CopyProtocol<Change>,
  ) {
    this.holders = new CopyHolders(protocol.lease, performance.now());
  }

  /** Before the first announcement. */
  async listen(): Promise<void> {
    this.bus.subscribe(this.protocol.renewal, (payload) => {
      const heard = renewal.safeParse(payload);
      if (heard.success) this.holders.heard(heard.data.data.replica, performance.now());
    });
    this.nats.onReconnect(() => {
      this.holders.missedSome(performance.now());
    });
    await this.bus.flush();
    this.holders.missedSome(performance.now());
  }

  /**
   * Resolves when all who may trust an older copy have forgotten it, or when a lease has passed since the commit, by which
   * time every copy that was not renewed is void.
   */
  async announce(change: Change): Promise<void> {
    const started = performance.now();
    const lease = Promise.withResolvers<'lease'>();
    const timer = setTimeout(() => {
      lease.resolve('lease');
    }, this.protocol.lease);
    const how = await Promise.race([this.acknowledged(change), lease.promise]);
    clearTimeout(timer);
    const { subject } = this.protocol.changed;
    this.log.info(
      { ...change, subject, duration: Math.round(performance.now() - started), how },
      'a change was announced',
    );
  }

  /** Stays pending when not all have answered: then only the end of the lease can tell. */
  private async acknowledged(change: Change): Promise<'acknowledged'> {
    const replicas = new Set<string>();
    const enough = (answers: readonly { readonly replica: string }[]): boolean => {
      for (const { replica } of answers) replicas.add(replica);
      return this.holders.areAmong(replicas, performance.now());
    };
    try {
      // Proves that the connection is alive and that everything sent before now has been heard.
      await this.bus.flush();
      await this.bus.askAll(this.protocol.changed, change, enough);
      if (enough([])) return 'acknowledged';
    } catch (error) {
      const { subject } = this.protocol.changed;
      this.log.warn({ ...change, subject, reason: String(error) }, 'a change could not be announced');
    }
    return new Promise(() => undefined);
  }
}
