// @ts-check
import { cpus, totalmem } from 'node:os';
import { temporaryDataDirectory } from '../../scripts/data-directory.mjs';
import { migrate } from '../../scripts/migrate.mjs';
import { startNats } from '../../scripts/nats.mjs';
import { startPostgres } from '../../scripts/postgres.mjs';
import { createDatabase } from '../../scripts/sql.mjs';

/** Cores and memory: enough to compare, nothing that tells whose machine it is. */
export function machine() {
  return { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.versions.node };
}

/** Opens in order, closes in reverse, whatever of it fails. */
export class Opened {
  /** @type {(() => unknown)[]} */
  #closings = [];

  /**
   * @template Thing
   * @param {Thing} thing
   * @param {(thing: Thing) => unknown} close
   */
  keep(thing, close) {
    this.#closings.push(() => close(thing));
    return thing;
  }

  async close() {
    for (const close of this.#closings.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        process.stderr.write(`${String(error)}\n`);
      }
    }
  }
}

/**
 * PostgreSQL with its default durable settings, nats-server, in a folder that goes when they do.
 * @param {Opened} opened
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function startServers(opened, log) {
  const { path: dataDirectory } = opened.keep(temporaryDataDirectory(), (folder) => folder.remove());
  const stop = (/** @type {{stop: () => Promise<void>}} */ server) => server.stop();
  const postgres = opened.keep(await startPostgres({ dataDirectory, log }), stop);
  const nats = opened.keep(await startNats({ dataDirectory, log }), stop);
  await migrate({ databaseUrl: postgres.url, log });
  const floors = new URL(postgres.url);
  floors.pathname = '/floors';
  await createDatabase(postgres.url, 'floors');
  return {
    dataDirectory,
    databaseUrl: postgres.url,
    floorsUrl: floors.href,
    natsUrl: nats.url,
    pids: { postgres: postgres.pid, nats: nats.pid },
  };
}

/** @typedef {Awaited<ReturnType<typeof startServers>>} Servers */
