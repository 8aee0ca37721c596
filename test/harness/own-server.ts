import { migrate } from '../../scripts/migrate.mjs';
import { prepareNats } from '../../scripts/nats.mjs';
import { preparePostgres } from '../../scripts/postgres.mjs';
import { createDatabase } from '../../scripts/sql.mjs';
import { template } from './database.js';

type Prepared = Awaited<ReturnType<typeof prepareNats>>;
type Running = Awaited<ReturnType<Prepared['launch']>>;

const log = (): void => undefined;

/** A server of one test alone, who may stop it and start it again at the same address. */
export class OwnServer {
  private running: Running | undefined;

  private constructor(private readonly server: Prepared) {}

  static async nats(dataDirectory: string): Promise<OwnServer> {
    const nats = new OwnServer(await prepareNats({ dataDirectory, log }));
    await nats.start();
    return nats;
  }

  /** With a migrated database to clone. */
  static async postgres(dataDirectory: string): Promise<OwnServer> {
    const postgres = new OwnServer(
      await preparePostgres({ dataDirectory, log, fast: true, database: 'postgres' }),
    );
    await postgres.start();
    const templateUrl = new URL(postgres.url);
    templateUrl.pathname = `/${template}`;
    await createDatabase(postgres.url, template);
    await migrate({ databaseUrl: templateUrl.href, log });
    return postgres;
  }

  get url(): string {
    return this.server.url;
  }

  get logFile(): string {
    return this.server.logFile;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.running ??= await this.server.launch();
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  /** As by a crash. Of a PostgreSQL that is the process in charge alone. */
  async kill(): Promise<void> {
    if (this.running === undefined) throw new Error('the server is not running');
    process.kill(this.running.pid, 'SIGKILL');
    await this.running.ended;
    this.running = undefined;
  }
}
