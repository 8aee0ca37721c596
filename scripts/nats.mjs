// @ts-check
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureDataDirectory } from './data-directory.mjs';
import { leash } from './leashed.mjs';
import { stopLeftover } from './leftovers.mjs';
import { natsBinary } from './nats-binary.mjs';
import { freePort } from './ports.mjs';
import { keptPassword, writePrivateFile } from './private-files.mjs';
import { Failure, progress } from './process-output.mjs';
import { lastLines } from './run-command.mjs';

const user = 'hookline';

/**
 * Prepares the data folder and chooses the port; launches nothing yet.
 * @param {{dataDirectory: string, log?: import('./process-output.mjs').Log}} options
 * @returns {Promise<import('./postgres.mjs').Server>}
 */
export async function prepareNats({ dataDirectory, log = progress }) {
  const command = await natsBinary(log);
  ensureDataDirectory(dataDirectory);
  const folder = join(dataDirectory, 'nats');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = keptPassword(join(dataDirectory, 'nats-password'));
  const port = await freePort();
  const url = `nats://${user}:${password}@127.0.0.1:${port}`;
  const configuration = join(folder, 'nats-server.conf');
  const pidFile = join(folder, 'nats-server.pid');
  const logFile = join(dataDirectory, 'logs', 'nats.log');
  writePrivateFile(configuration, describe({ port, password, pidFile, storeFolder: join(folder, 'store') }));

  const launch = async () => {
    await stopLeftover(pidFile, configuration, 'SIGTERM');
    const server = await leash(
      { command, args: ['-c', configuration], stopSignal: 'SIGTERM', graceMilliseconds: 10_000 },
      logFile,
    );
    try {
      await waitForNats(url, server.ended);
    } catch (error) {
      await server.stop();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure(
        `nats-server did not start (${reason}):\n${lastLines(readFileSync(logFile, 'utf8'), 8)}`,
      );
    }
    return server;
  };
  return { url, logFile, launch };
}

/** @param {{port: number, password: string, pidFile: string, storeFolder: string}} options */
function describe({ port, password, pidFile, storeFolder }) {
  return [
    `listen: "127.0.0.1:${port}"`,
    // Seconds that a client has for saying who it is: on a busy machine a starting app needs more than the usual two.
    `authorization { user: ${user}, password: "${password}", timeout: 20 }`,
    'max_payload: 4MB',
    `pid_file: ${JSON.stringify(pidFile)}`,
    `jetstream { store_dir: ${JSON.stringify(storeFolder)} }`,
    '',
  ].join('\n');
}

/**
 * @param {string} url
 * @param {Promise<string>} ended
 */
async function waitForNats(url, ended) {
  /** @type {string | undefined} */
  let end;
  void ended.then((how) => {
    end = how;
  });
  const [{ connect }, { jetstreamManager }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
  ]);
  const { host, username, password } = new URL(url);
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      const connection = await connect({ servers: host, user: username, pass: password, reconnect: false });
      try {
        await (await jetstreamManager(connection)).getAccountInfo();
      } finally {
        await connection.close();
      }
      return;
    } catch (error) {
      if (end !== undefined) throw new Error(end, { cause: error });
      if (Date.now() > deadline) throw error;
      await wait(50);
    }
  }
}

/**
 * Prepares and launches a server for whoever looks after it alone, such as a test.
 * @param {{dataDirectory: string, log?: import('./process-output.mjs').Log}} options
 */
export async function startNats(options) {
  const server = await prepareNats(options);
  const running = await server.launch();
  return { url: server.url, logFile: server.logFile, ...running };
}
