import { join } from 'node:path';
import { credentials } from '../../scripts/credentials.mjs';
import { ensureDataDirectory } from '../../scripts/data-directory.mjs';
import { migrate } from '../../scripts/migrate.mjs';
import { prepareNats } from '../../scripts/nats.mjs';
import { freePort } from '../../scripts/ports.mjs';
import { preparePostgres } from '../../scripts/postgres.mjs';
import { appService, serverService } from '../../scripts/services.mjs';
import { TestPlatform } from '../harness/test-platform.js';
import type { Gateway } from './chaos-client.js';
import { Fleet } from './fleet.js';
import { RunTables } from './tables.js';

type Environment = Readonly<Record<string, string | undefined>>;

const apps = [
  { name: 'conversation', app: 'conversation' },
  { name: 'conversation-2', app: 'conversation' },
  { name: 'hook-engine', app: 'hook-engine' },
  { name: 'webhook-delivery', app: 'webhook-delivery' },
  { name: 'push-notification', app: 'push-notification' },
];
const gatewayNames = ['gateway', 'gateway-2'];

/** The whole platform in the default configuration, as `npm start` runs it, but with two conversation replicas. */
export class Platform extends TestPlatform {
  readonly gateways: Gateway[] = [];
  readonly appNames = apps.map(({ name }) => name);
  readonly tables: RunTables;

  private constructor(
    readonly fleet: Fleet,
    readonly dataDirectory: string,
    readonly natsUrl: string,
    databaseUrl: string,
    installationKey: string,
  ) {
    super(installationKey);
    this.opened.push({ close: () => fleet.stop() });
    this.tables = new RunTables(databaseUrl);
  }

  static async start(dataDirectory: string, environment: Environment, log: (line: string) => void) {
    ensureDataDirectory(dataDirectory);
    const { values: keys } = credentials(dataDirectory, {});
    const postgres = await preparePostgres({ dataDirectory, log });
    const nats = await prepareNats({ dataDirectory, log });
    const fleet = new Fleet(log);
    const platform = new Platform(
      fleet,
      dataDirectory,
      nats.url,
      postgres.url,
      keys['HOOKLINE_INSTALLATION_KEY']!,
    );
    try {
      await Promise.all([
        fleet.start(serverService('postgres', postgres)),
        fleet.start(serverService('nats', nats)),
      ]);
      await migrate({ databaseUrl: postgres.url, log });
      await platform.startApps(
        { ...environment, ...keys, DATABASE_URL: postgres.url, NATS_URL: nats.url },
        log,
      );
    } catch (error) {
      await platform.close();
      throw error;
    }
    return platform;
  }

  get natsStore(): string {
    return join(this.dataDirectory, 'nats', 'store');
  }

  private async startApps(settings: Environment, log: (line: string) => void): Promise<void> {
    const environment = {
      NODE_ENV: 'production',
      HOOKLINE_OUTGOING_ALLOW: '127.0.0.0/8,::1/128',
      ...settings,
    } as unknown as NodeJS.ProcessEnv;
    const shared = { environment, dataDirectory: this.dataDirectory, log: () => undefined };
    const services = await Promise.all([
      ...apps.map(async (app) => appService({ ...shared, ...app, privatePort: await freePort() })),
      ...gatewayNames.map(async (name) => {
        const [privatePort, port] = [await freePort(), await freePort()];
        const service = appService({ ...shared, name, app: 'gateway', privatePort, port });
        this.gateways.push({ name, url: service.url!, isUp: () => this.fleet.isReady(name) });
        return service;
      }),
    ]);
    log(`starting ${services.map(({ name }) => name).join(', ')}`);
    await Promise.all(services.map((service) => this.fleet.start(service)));
  }
}
