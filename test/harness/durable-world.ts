import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Database, type Transaction } from '#platform/database/database.js';
import { Log } from '#platform/log.js';
import type { StreamDefinition } from '#platform/durable/stream.js';

export const schema = 'webhook_delivery';
export const silent = Log.create('test', 'silent');

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; run the tests by npm test`);
  return value;
}

function open(url: string, role: string): Database {
  return new Database(
    { DATABASE_URL: url, HOOKLINE_DATABASE_ROLE: role, HOOKLINE_DATABASE_CONNECTIONS: 8 },
    'durable-test',
  );
}

/** A database of its own, with the migrations applied; `database` has the role of an app that owns a schema. */
export async function cloneDatabase(): Promise<{ database: Database; drop: () => Promise<void> }> {
  const name = `hookline_durable_${randomUUID().replaceAll('-', '')}`;
  const base = new URL(setting('HOOKLINE_TEST_DATABASE_URL'));
  const administrator = open(base.href, '');
  await administrator.client.$executeRawUnsafe(`CREATE DATABASE ${name} TEMPLATE hookline_template`);
  const own = new URL(base);
  own.pathname = `/${name}`;
  const database = open(own.href, `hookline_${schema}`);
  return {
    database,
    drop: async () => {
      await database.close();
      await administrator.client.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await administrator.close();
    },
  };
}

export interface StreamWorld {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly stream: StreamDefinition;
  readonly subject: string;
  readonly close: () => Promise<void>;
}

/** A stream of its own on the shared server, not created yet. */
export async function streamWorld(consumers: string[]): Promise<StreamWorld> {
  const connection = await connect({ servers: new URL(setting('HOOKLINE_TEST_NATS_URL')).host });
  const name = `DURABLE_${randomUUID().replaceAll('-', '')}`;
  const manager = await jetstreamManager(connection);
  return {
    connection,
    manager,
    client: jetstream(connection),
    stream: { name, subjects: `${name}.>`, consumers },
    subject: `${name}.lane`,
    close: async () => {
      await manager.streams.delete(name).catch(() => false);
      await connection.close();
    },
  };
}

/** Resolves as soon as the condition holds; asks again whenever the event loop has had its turn. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  timeout = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What `Database.client.$transaction` gives, for tables that want to be called inside one. */
export function inTransaction<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.client.$transaction(work);
}
