// @ts-check
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './process-output.mjs';
import { mustRun } from './run-command.mjs';

const otherWays =
  'set NATS_URL to a running NATS server with JetStream, or put nats-server (2.9.10 or newer) on PATH, ' +
  'or run once as root on Debian or Ubuntu, where its package is then installed';

/**
 * The path of nats-server. No npm package carries it, so it may have to be installed from the distribution.
 * @param {import('./process-output.mjs').Log} log
 */
export async function natsBinary(log) {
  const found = onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Failure(`nats-server was not found: ${otherWays}.`);
  }
  log('nats-server was not found: installing the system package nats-server (apt-get)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await mustRun('apt-get update', 'apt-get', ['update', '-qq'], { env });
    await mustRun(
      'apt-get install',
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'nats-server'],
      {
        env,
      },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`nats-server could not be installed: ${otherWays}.\n${reason}`);
  }
  const installed = onPath();
  if (installed === undefined)
    throw new Failure(`the package nats-server brought no nats-server: ${otherWays}.`);
  return installed;
}

/** @returns {string | undefined} */
function onPath() {
  // Debian installs it in /usr/sbin, which is not on the PATH of ordinary users.
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nats-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
