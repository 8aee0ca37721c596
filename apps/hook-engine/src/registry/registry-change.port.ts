import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { hookRegistryChanged, hookRegistryLease, renewHookRegistry } from '#contracts/hooks.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import { CopyHolders } from './copy-holders.js';

/** A question as it travels, around what is asked. */
const renewal = z.object({ data: renewHookRegistry.question });

/**
 * Makes a change of the registry known before it is answered: a hook that was registered is asked about every message
 * that is sent afterwards.
 *
 * Renewals are heard on the connection on which the acknowledgements come, so that they cannot overtake one another:
 * whoever renewed before the announcement is known when the acknowledgements of the others arrive.
 */
@Injectable()
export class RegistryChange implements OnModuleInit {
  private readonly holders = new CopyHolders(hookRegistryLease, performance.now());

  constructor(
    private readonly bus: Bus,
    private readonly nats: NatsConnection,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    this.bus.subscribe(renewHookRegistry.subject, (payload) => {
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
   * Tells every replica about a change that is committed. Resolves when all who may trust an older copy have forgotten
   * it, or when a lease has passed since the commit, by which time every copy that was not renewed is void.
   */
  async announce(applicationId: string, version: number): Promise<void> {
    const started = performance.now();
    const lease = Promise.withResolvers<'lease'>();
    const timer = setTimeout(() => {
      lease.resolve('lease');
    }, hookRegistryLease);
    const how = await Promise.race([this.acknowledged(applicationId, version), lease.promise]);
    clearTimeout(timer);
    this.log.info(
      { applicationId, version, duration: Math.round(performance.now() - started), how },
      'hook registry changed',
    );
  }

  /** Stays pending when not all have answered: then only the end of the lease can tell. */
  private async acknowledged(applicationId: string, version: number): Promise<'acknowledged'> {
    const replicas = new Set<string>();
    const enough = (answers: readonly { readonly replica: string }[]): boolean => {
      for (const { replica } of answers) replicas.add(replica);
      return this.holders.areAmong(replicas, performance.now());
    };
    try {
      // Proves that the connection is alive and that everything sent before now has been heard.
      await this.bus.flush();
      await this.bus.askAll(hookRegistryChanged, { applicationId, version }, enough);
      if (enough([])) return 'acknowledged';
    } catch (error) {
      this.log.warn(
        { version, reason: String(error) },
        'a change of the hook registry could not be announced',
      );
    }
    return new Promise(() => undefined);
  }
}
