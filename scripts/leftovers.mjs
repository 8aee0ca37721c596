// @ts-check
// A program whose leash was itself killed may still run, and two of them on one data folder would destroy it.
import { readIfPresent } from './private-files.mjs';
import { runCommand } from './run-command.mjs';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @param {number} pid
 * @returns {boolean}
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Process ids are used again, so that the id alone proves nothing.
 * @param {number} pid
 * @param {string} words what its command line contains
 */
export async function isRunning(pid, words) {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid || !isAlive(pid)) return false;
  const commandLine =
    process.platform === 'linux'
      ? readIfPresent(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ')
      : (await runCommand('ps', ['-o', 'args=', '-p', String(pid)])).output;
  return commandLine?.includes(words) ?? false;
}

/**
 * Stops the process that a pid file names, if it is the expected program.
 * @param {string} pidFile its first line is the pid
 * @param {string} words what the program's command line contains
 * @param {NodeJS.Signals} stopSignal
 */
export async function stopLeftover(pidFile, words, stopSignal) {
  const pid = Number(readIfPresent(pidFile)?.split('\n')[0]);
  const killFrom = Date.now() + 10_000;
  /** @type {NodeJS.Signals} */
  let signal = stopSignal;
  for (let round = 0; await isRunning(pid, words); round += 1) {
    if (signal !== 'SIGKILL' && Date.now() > killFrom) signal = 'SIGKILL';
    if (round === 0 || signal === 'SIGKILL') signalIfAlive(pid, signal);
    await wait(50);
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalIfAlive(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
