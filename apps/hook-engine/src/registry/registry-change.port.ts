import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hookRegistryChanged, hookRegistryLease, renewHookRegistry } from '#contracts/hooks/registry.js';
import { Bus } from '#platform/bus/bus.js';
import { CopyAnnouncement } from '#platform/bus/copy-announcement.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';

/**
 * Makes a change of the registry known before it is answered: a hook that was registered is asked about every message
 * that is sent afterwards.
 */
@Injectable()
export class RegistryChange implements OnModuleInit {
  private readonly announcement: CopyAnnouncement<{ applicationId: string; version: number }>;

  constructor(bus: Bus, nats: NatsConnection, log: Log) {
    this.announcement = new CopyAnnouncement(bus, nats, log, {
      renewal: renewHookRegistry.subject,
      changed: hookRegistryChanged,
      lease: hookRegistryLease,
    });
  }

  onModuleInit(): Promise<void> {
    return this.announcement.listen();
  }

  /** After the commit. Resolves when every replica that may trust an older copy has forgotten it, or its lease is over. */
  announce(applicationId: string, version: number): Promise<void> {
    return this.announcement.announce({ applicationId, version });
  }
}
