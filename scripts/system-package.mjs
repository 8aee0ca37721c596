// @ts-check
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './process-output.mjs';
import { mustRun } from './run-command.mjs';

/**
 * The path of a program that no npm package carries; on Debian and Ubuntu, as root, its package is installed if need be.
 *
 * @param {object} options
 * @param {readonly string[]} options.commands any of them will do
 * @param {string} options.systemPackage
 * @param {string} options.otherWays what somebody can do instead
 * @param {import('./process-output.mjs').Log} options.log
 */
export async function ensureProgram({ commands, systemPackage, otherWays, log }) {
  const [name] = commands;
  const found = onPath(commands);
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Failure(`${name} was not found: ${otherWays}.`);
  }
  log(`${name} was not found: installing the system package ${systemPackage} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-qq', '--no-install-recommends', systemPackage];
  try {
    await mustRun('apt-get update', 'apt-get', ['update', '-qq'], { env });
    await mustRun('apt-get install', 'apt-get', install, { env });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`${name} could not be installed: ${otherWays}.\n${reason}`);
  }
  const installed = onPath(commands);
  if (installed === undefined)
    throw new Failure(`the package ${systemPackage} brought no ${name}: ${otherWays}.`);
  return installed;
}

/**
 * @param {readonly string[]} commands
 * @returns {string | undefined}
 */
function onPath(commands) {
  // Debian installs servers in /usr/sbin, which is not on the PATH of ordinary users.
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => commands.map((command) => join(folder, command)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
