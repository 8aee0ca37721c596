// @ts-check
// PostgreSQL refuses to run as root. Started by root, it runs as the user `postgres`, who must be able to reach its
// programs and its data, wherever the checkout is.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './process-output.mjs';
import { mustRun, runCommand } from './run-command.mjs';

/**
 * Empty when this process need not change its user.
 * @typedef {{uid?: number, gid?: number}} Account
 */

/**
 * @param {import('./process-output.mjs').Log} log
 * @returns {Promise<Account>}
 */
export async function postgresAccount(log) {
  if (process.getuid?.() !== 0) return {};
  const account = await lookUp();
  if (account !== undefined) return account;
  log('creating the system user postgres: PostgreSQL does not run as root');
  await runCommand('groupadd', ['--system', 'postgres']);
  await mustRun('creating the user postgres', 'useradd', [
    ...['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/usr/sbin/nologin'],
    'postgres',
  ]);
  const created = await lookUp();
  if (created === undefined)
    throw new Failure('the user postgres could not be created: set DATABASE_URL instead.');
  return created;
}

/** @returns {Promise<Account | undefined>} */
async function lookUp() {
  const [user, group] = await Promise.all([
    runCommand('id', ['-u', 'postgres']),
    runCommand('id', ['-g', 'postgres']),
  ]);
  if (user.code !== 0 || group.code !== 0) return undefined;
  return { uid: Number(user.output), gid: Number(group.output) };
}

/**
 * A folder of the account's own: below the data folder, or elsewhere if the account cannot get there.
 * @param {string} dataDirectory
 * @param {Account} account
 * @param {import('./process-output.mjs').Log} log
 */
export async function reachableFolder(dataDirectory, account, log) {
  const near = join(dataDirectory, 'postgres');
  if (account.uid === undefined) {
    mkdirSync(near, { recursive: true, mode: 0o700 });
    return near;
  }
  const far = join(systemFolder(dataDirectory), 'postgres');
  // Data that went elsewhere once stays there, even if the checkout can be reached now.
  if (!existsSync(join(far, 'cluster'))) {
    if (await isUsable(near, account)) return near;
    if (existsSync(join(near, 'cluster'))) {
      throw new Failure(
        `the user postgres can no longer reach its data in ${near}: check the folders above it.`,
      );
    }
    rmSync(near, { recursive: true, force: true });
  }
  if (!(await isUsable(far, account))) {
    throw new Failure(
      `the user postgres can use neither ${near} nor ${far}: set HOOKLINE_DATA_DIR or DATABASE_URL.`,
    );
  }
  log(`the user postgres cannot reach ${dataDirectory}: PostgreSQL's data is in ${far}`);
  return far;
}

/**
 * Tried rather than computed: access lists and mount options count too.
 * @param {string} folder
 * @param {Account} account
 */
async function isUsable(folder, account) {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  chownSync(folder, account.uid ?? 0, account.gid ?? 0);
  const { code } = await runCommand('/bin/sh', ['-c', 'cd "$0" && test -w .', folder], {
    cwd: '/',
    ...account,
  });
  return code === 0;
}

/**
 * The folder of PostgreSQL's programs, copied if the account cannot reach the one in node_modules.
 * @param {string} native has bin, lib and share
 * @param {{dataDirectory: string, version: string, account: Account, log: import('./process-output.mjs').Log}} options
 */
export async function reachablePrograms(native, { dataDirectory, version, account, log }) {
  for (const program of ['initdb', 'postgres']) makeExecutable(join(native, 'bin', program));
  const inPlace = await tryPrograms(native, account);
  if (inPlace.code === 0) return native;
  const { code, output } = await tryPrograms(native, {});
  if (code !== 0)
    throw new Failure(`the embedded PostgreSQL does not run here (${output.trim()}): set DATABASE_URL.`);
  const copy = join(systemFolder(dataDirectory), `postgres-${version}`);
  if (!existsSync(copy)) {
    log(`the user postgres cannot reach ${native}: copying PostgreSQL's programs to ${copy}`);
    mkdirSync(dirname(copy), { recursive: true });
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  const copied = await tryPrograms(copy, account);
  if (copied.code !== 0) throw new Failure(`PostgreSQL does not run from ${copy}: ${copied.output.trim()}`);
  return copy;
}

/**
 * @param {string} native
 * @param {Account} account
 */
function tryPrograms(native, account) {
  return runCommand(join(native, 'bin', 'postgres'), ['--version'], { cwd: '/', ...account });
}

/** @param {string} program */
function makeExecutable(program) {
  try {
    chmodSync(program, 0o755);
  } catch {
    // Somebody else's files, or a read-only file system: whether the program runs is tried next.
  }
}

/** @param {string} dataDirectory */
function systemFolder(dataDirectory) {
  return `/var/lib/hookline-${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12)}`;
}
