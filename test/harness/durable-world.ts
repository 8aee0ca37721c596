import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsOptions } from '#platform/bus/nats-connection.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Log } from '#platform/log.js';
import type { StreamDefinition } from '#platform/durable/stream.js';
import { TestDatabase } from './database.js';
import { eventually } from './eventually.js';

/** One that has all tables of an event pipeline. */
export const schema = 'hook_engine';
export const silent = Log.create('test', 'silent');

/** A database of its own, reached with the role of an app that owns a schema. */
export async function cloneDatabase(
  owned = schema,
): Promise<{ database: Database; drop: () => Promise<void> }> {
  const clone = await TestDatabase.clone();
  const database = new Database(
    {
      DATABASE_URL: clone.url,
      HOOKLINE_DATABASE_ROLE: `hookline_${owned}`,
      HOOKLINE_DATABASE_CONNECTIONS: 8,
    },
    'durable-test',
  );
  return {
    database,
    drop: async () => {
      await database.close();
      await clone.drop();
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
  const url = process.env['HOOKLINE_TEST_NATS_URL'];
  if (url === undefined) throw new Error('HOOKLINE_TEST_NATS_URL is not set: run the tests by npm test');
  const connection = await connect(natsOptions(url, 'durable-test'));
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

/** Resolves when the condition holds. @param within ms */
export function until(condition: () => Promise<boolean> | boolean, within?: number): Promise<void> {
  return eventually(async () => {
    if (!(await condition())) throw new Error('the condition did not come to hold');
  }, within);
}

/** What `Database.client.$transaction` gives, for tables that want to be called inside one. */
export function inTransaction<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.client.$transaction(work);
}
