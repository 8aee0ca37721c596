// @ts-check
// The bootstrap starts under whatever Node the machine has; everything else runs under the pinned one,
// which `npm ci` installs as the package `node`.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from './process-output.mjs';
import { whenAskedToStop } from './stop-requests.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** @returns {void} */
export function requireBootstrapNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Failure(`Node ${process.versions.node} is too old: Hookline needs Node 20.19 or newer.`);
}

/** @returns {boolean} */
export function isPinnedNode() {
  try {
    return realpathSync(process.execPath) === realpathSync(pinnedNode);
  } catch {
    return false;
  }
}

/**
 * Runs this very script again under the pinned Node and ends as it ends. Returns only in the pinned Node.
 * @returns {Promise<void>}
 */
export async function continueUnderPinnedNode() {
  if (isPinnedNode()) return;
  const child = spawn(pinnedNode, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, HOOKLINE_PARENT_PIPE: '3' },
  });
  // A terminal sends SIGINT to both processes, so forwarding may double it; whoever gets it ignores repetitions.
  whenAskedToStop((signal) => child.kill(/** @type {NodeJS.Signals} */ (signal)));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exitCode, signal) => resolve(exitCode ?? (signal === null ? 1 : 128)));
  });
  process.exit(code);
}
