import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDataDirectory } from '../../scripts/data-directory.mjs';
import { AppProcess, type AppName } from './app-process.js';
import { TestDatabase } from './database.js';
import { Documents } from './documents.js';
import { eventually } from './eventually.js';
import { Installation } from './installation.js';
import { OwnServer } from './own-server.js';
import { rest } from './rest.js';
import type { Whereabouts } from './shared-world.js';

interface Replicas {
  readonly gateways?: number;
  readonly conversations?: number;
}

interface WorldOptions extends Replicas {
  /** A PostgreSQL that this world may stop; it costs some seconds. */
  readonly ownPostgres?: boolean;
  /** Of the apps, by the name of their environment variable. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What has to be in the database before the apps start. */
  readonly prepare?: (world: World) => Promise<void>;
}

const installationKey = `hli_${randomBytes(24).toString('hex')}`;

/**
 * The whole platform for one test file: the five apps as processes of their own, a database of its own on the run's
 * PostgreSQL, a nats-server of its own. For files that stop processes, change settings or look at whole tables; all others
 * attach to the `SharedWorld`.
 */
export class World extends Installation {
  readonly gateways: AppProcess[] = [];
  readonly conversations: AppProcess[] = [];
  hookEngine!: AppProcess;
  webhookDelivery!: AppProcess;
  pushNotification!: AppProcess;
  nats!: OwnServer;
  /** With the option `ownPostgres` alone. */
  postgres: OwnServer | undefined;
  database!: TestDatabase;
  private readonly folder = temporaryDataDirectory();
  private readonly others: AppProcess[] = [];
  private environment: Readonly<Record<string, string>> = {};

  private constructor() {
    super(installationKey);
    this.opened.push({ close: () => this.folder.remove() });
    mkdirSync(this.logFolder, { recursive: true });
  }

  static async start({
    gateways = 1,
    conversations = 1,
    ownPostgres = false,
    prepare,
    settings = {},
  }: WorldOptions = {}): Promise<World> {
    const world = new World();
    try {
      await world.launchServers(ownPostgres);
      await prepare?.(world);
      await world.launchApps(gateways, conversations, settings);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get processes(): AppProcess[] {
    const { gateways, conversations, hookEngine, webhookDelivery, pushNotification } = this;
    return [...gateways, ...conversations, hookEngine, webhookDelivery, pushNotification, ...this.others];
  }

  /** One more replica of an app of which there is one. */
  async another(name: AppName): Promise<AppProcess> {
    const replica = this.app(name, 2);
    this.others.push(replica);
    await replica.start();
    return replica;
  }

  /** Resolves when a message can go all the way, for instance after an app was started again. */
  async whole(): Promise<void> {
    await eventually(async () => {
      for (const gateway of this.gateways) {
        const { body } = await rest(gateway.url, { method: 'GET', path: '/health/path' });
        const broken = Object.entries(body as Record<string, string>).filter(([, state]) => state !== 'ok');
        if (broken.length > 0) throw new Error(`not available: ${broken.map(([name]) => name).join(', ')}`);
      }
    });
  }

  /** For those who attach to it. */
  get whereabouts(): Whereabouts {
    const { path, installationKey } = this;
    return {
      gateways: this.gateways.map(({ url }) => ({ url })),
      databaseUrl: this.database.url,
      natsUrl: this.nats.url,
      path,
      installationKey,
    };
  }

  protected get path(): string {
    return this.folder.path;
  }

  private get logFolder(): string {
    return join(this.path, 'apps');
  }

  private async launchServers(ownPostgres: boolean): Promise<void> {
    const { path } = this;
    if (ownPostgres) {
      const postgres = await OwnServer.postgres(path);
      this.postgres = postgres;
      this.opened.push({ close: () => postgres.stop() });
    }
    const database = await TestDatabase.clone(this.postgres?.url);
    this.database = database;
    this.opened.push({ close: () => database.drop() });
    const nats = await OwnServer.nats(path);
    this.nats = nats;
    this.opened.push({ close: () => nats.stop() });
  }

  private app(name: AppName, replica = 1): AppProcess {
    return new AppProcess(name, this.environment, join(this.logFolder, `${name}-${String(replica)}`));
  }

  private async launchApps(
    gateways: number,
    conversations: number,
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    this.environment = {
      DATABASE_URL: this.database.url,
      NATS_URL: this.nats.url,
      PORT: '0',
      HOOKLINE_DATABASE_CONNECTIONS: '6',
      HOOKLINE_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      HOOKLINE_INSTALLATION_KEY: installationKey,
      // Hook servers and receivers of tests are on this machine, which real ones may not be.
      HOOKLINE_OUTGOING_ALLOW: '127.0.0.0/8',
      HOOKLINE_FILES_DIR: this.filesFolder,
      HOOKLINE_LOG_LEVEL: 'debug',
      // Tests try wrong credentials by the hundred.
      HOOKLINE_LIMIT_FAILURES: 'off',
      HOOKLINE_LIMIT_BROADCASTS: 'off',
      ...settings,
    };
    for (let replica = 1; replica <= conversations; replica++)
      this.conversations.push(this.app('conversation', replica));
    this.hookEngine = this.app('hook-engine');
    this.webhookDelivery = this.app('webhook-delivery');
    this.pushNotification = this.app('push-notification');
    for (let replica = 1; replica <= gateways; replica++) this.gateways.push(this.app('gateway', replica));
    this.opened.push({ close: () => Promise.all(this.processes.map((one) => one.stop())) });
    await Promise.all(this.processes.map((one) => one.start()));
    await this.whole();
    this.documents = await Documents.of(this.gateways[0]!.url);
  }
}
