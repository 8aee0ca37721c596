import { Injectable, type OnModuleInit } from '@nestjs/common';
import { credentialsChanged, credentialsLease, getApplicationCredentials } from '#contracts/applications.js';
import { Bus } from '#platform/bus/bus.js';
import { CopyAnnouncement } from '#platform/bus/copy-announcement.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';

/** Makes every gateway forget an application's credentials before the change of them is answered. */
@Injectable()
export class CredentialsChange implements OnModuleInit {
  private readonly announcement: CopyAnnouncement<{ applicationId: string }>;

  constructor(bus: Bus, nats: NatsConnection, log: Log) {
    this.announcement = new CopyAnnouncement(bus, nats, log, {
      renewal: getApplicationCredentials.subject,
      changed: credentialsChanged,
      lease: credentialsLease,
    });
  }

  onModuleInit(): Promise<void> {
    return this.announcement.listen();
  }

  /** After the commit. Resolves when no gateway trusts what it knew before. */
  announce(applicationId: string): Promise<void> {
    return this.announcement.announce({ applicationId });
  }
}
