// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure } from './process-output.mjs';

/**
 * @typedef {object} LeashedCommand
 * @property {string} command
 * @property {string[]} args
 * @property {string} [cwd]
 * @property {number | undefined} [uid]
 * @property {number | undefined} [gid]
 * @property {NodeJS.Signals} stopSignal what ends the program in good order
 * @property {number} graceMilliseconds how long that may take before SIGKILL
 */

/**
 * A running process, as the supervisor sees it.
 * @typedef {object} RunningProcess
 * @property {number} pid the program's own, not that of its leash
 * @property {Promise<string>} ended how it ended, in words
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a program on a leash (leash.mjs); its output is appended to the log file.
 * @param {LeashedCommand} leashed
 * @param {string} logFile
 * @returns {Promise<RunningProcess>}
 */
export async function leash(leashed, logFile) {
  const log = openSync(logFile, 'a', 0o600);
  // In a session of its own: Ctrl-C reaches the supervisor alone, which then stops everything in order.
  const holder = spawn(
    process.execPath,
    [fileURLToPath(new URL('leash.mjs', import.meta.url)), JSON.stringify(leashed)],
    { stdio: ['ignore', log, log, 'ipc'], detached: true },
  );
  closeSync(log);
  const ended = new Promise((/** @type {(how: string) => void} */ resolve) => {
    holder.on('error', (error) => resolve(error.message));
    holder.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const pid = await Promise.race([
    new Promise((/** @type {(pid: number) => void} */ resolve) => {
      holder.once('message', (message) => resolve(/** @type {{pid: number}} */ (message).pid));
    }),
    ended.then((how) => {
      throw new Failure(`${leashed.command} could not be started (${how}); see ${logFile}`);
    }),
  ]);
  return {
    pid,
    ended,
    stop: async () => {
      holder.kill('SIGTERM');
      await ended;
    },
  };
}
