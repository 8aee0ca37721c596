// @ts-check
// runtime.json tells other programs what runs; supervisor.pid keeps a second supervisor off the same data.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './leftovers.mjs';
import { readIfPresent, writePrivateFile } from './private-files.mjs';
import { Failure } from './process-output.mjs';

/**
 * @param {string} dataDirectory
 * @returns {Promise<() => void>} gives the folder up
 */
export async function claimDataDirectory(dataDirectory) {
  const file = join(dataDirectory, 'supervisor.pid');
  for (;;) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const pid = Number(readIfPresent(file));
    if (await isRunning(pid, 'start.mjs')) {
      throw new Failure(
        `Hookline already runs on ${dataDirectory} (pid ${pid}): stop it, or set HOOKLINE_DATA_DIR.`,
      );
    }
    rmSync(file, { force: true });
  }
}

/**
 * @typedef {object} Runtime
 * @property {{pid: number, startedAt: string}} supervisor
 * @property {import('./supervisor.mjs').Supervisor['processes']} processes
 * @property {string[]} gateways
 * @property {string} databaseUrl
 * @property {string} natsUrl
 */

/** @param {string} dataDirectory */
export function runtimeFile(dataDirectory) {
  const file = join(dataDirectory, 'runtime.json');
  return {
    /** @param {Runtime} runtime */
    write: (runtime) => writePrivateFile(file, `${JSON.stringify(runtime, null, 2)}\n`),
    remove: () => rmSync(file, { force: true }),
  };
}
