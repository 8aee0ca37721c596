// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pinnedNode, root } from './node24.mjs';
import { Failure, timed } from './process-output.mjs';
import { mustRun, runCommand } from './run-command.mjs';

/** @typedef {Record<string, {version?: string, integrity?: string, optional?: boolean, link?: boolean}>} Packages */

/**
 * npm writes the hidden lock file at the very end of an install, after the packages' own scripts: what it lists is
 * complete.
 * @returns {boolean}
 */
function isInstalled() {
  try {
    const wanted = packagesOf(join(root, 'package-lock.json'));
    const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
    return (
      existsSync(pinnedNode) &&
      Object.entries(wanted).every(([path, entry]) => isSame(entry, path, installed))
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} lockFile
 * @returns {Packages}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/**
 * @param {Packages[string]} entry
 * @param {string} path
 * @param {Packages} installed
 */
function isSame(entry, path, installed) {
  const found = installed[path];
  // Optional packages of other platforms are in the lock file, but not on the disk.
  if (found === undefined) return path === '' || entry.optional === true;
  return found.version === entry.version && found.integrity === entry.integrity;
}

/**
 * `npm ci` deletes node_modules first, so it must not run under a Node that lives there.
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOutsideNodeModules() {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
  return { ...process.env, PATH: path };
}

/** @param {{log: import('./process-output.mjs').Log}} options */
export async function ensureInstalled({ log }) {
  if (isInstalled()) return;
  await timed(log, 'installing packages (npm ci)', async () => {
    const env = environmentOutsideNodeModules();
    const npm = await findNpm(env);
    // Dev packages build the product: they are needed even where NODE_ENV is production.
    const args = [...npm.slice(1), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    await mustRun('npm ci', npm[0], args, { cwd: root, env });
  });
  const { code, output } = await runCommand(pinnedNode, ['--version']);
  if (code === 0) return;
  throw new Failure(
    `the pinned Node (${pinnedNode}) does not run: ${output.trim()}. Install scripts must be allowed (npm config ignore-scripts).`,
  );
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<[string, ...string[]]>}
 */
async function findNpm(env) {
  const { code } = await runCommand('npm', ['--version'], { cwd: root, env });
  if (code === 0) return ['npm'];
  const npmScript = process.env['npm_execpath'];
  if (npmScript !== undefined) return [process.execPath, npmScript];
  throw new Failure('npm is not on PATH.');
}
