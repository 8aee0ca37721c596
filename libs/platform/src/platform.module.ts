import { Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { Bus, BusErrors } from './bus/bus.js';
import { NatsConnection } from './bus/nats-connection.js';
import type { BaseSettings, DatabaseSettings } from './configuration.js';
import { Database } from './database/database.js';
import { OutageLog } from './database/outage-log.js';
import { Health, HealthController } from './health.js';
import { Log } from './log.js';
import { Metrics, MetricsController } from './metrics.js';
import { Sealing } from './security/sealing.js';

export interface PlatformOptions {
  readonly name: string;
  readonly settings: BaseSettings & Partial<DatabaseSettings>;
  readonly errors: BusErrors;
  readonly log: Log;
  /** Its port is for everybody: nothing private is shown there. */
  readonly isPublic: boolean;
}

/** Closes connections after everybody who used them. */
class Connections implements OnApplicationShutdown {
  constructor(
    private readonly nats: NatsConnection,
    private readonly database: Database | undefined,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    try {
      await this.nats.close();
    } finally {
      await this.database?.close();
    }
  }
}

/** What every app stands on: log, health, NATS, sealing, and a database if the app owns a schema. */
@Module({})
export class PlatformModule {
  static forApp({ name, settings, errors, log, isPublic }: PlatformOptions): DynamicModule {
    const { DATABASE_URL, HOOKLINE_DATABASE_ROLE = '', HOOKLINE_DATABASE_CONNECTIONS = 8 } = settings;
    const database =
      DATABASE_URL === undefined
        ? undefined
        : new Database({ DATABASE_URL, HOOKLINE_DATABASE_ROLE, HOOKLINE_DATABASE_CONNECTIONS }, name);
    const health = new Health();
    if (database !== undefined) health.register('database', () => database.check());
    const shared: Provider[] = [
      { provide: Log, useValue: log },
      { provide: Health, useValue: health },
      { provide: Sealing, useValue: new Sealing(settings.HOOKLINE_ENCRYPTION_KEY) },
      { provide: BusErrors, useValue: errors },
      {
        provide: NatsConnection,
        useFactory: async () => {
          const nats = await NatsConnection.open(settings.NATS_URL, name, log.child('nats'));
          health.register('nats', () => nats.check());
          return nats;
        },
      },
      Bus,
      Metrics,
      OutageLog,
      ...(database === undefined ? [] : [{ provide: Database, useValue: database }]),
    ];
    return {
      module: PlatformModule,
      global: true,
      controllers: isPublic ? [HealthController] : [HealthController, MetricsController],
      providers: [
        ...shared,
        {
          provide: Connections,
          inject: [NatsConnection],
          useFactory: (nats: NatsConnection) => new Connections(nats, database),
        },
      ],
      exports: shared.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
  }
}
