// @ts-check
import { ensureProgram } from './system-package.mjs';

/**
 * The path of nats-server. No npm package carries it, so it may have to be installed from the distribution.
 * @param {import('./process-output.mjs').Log} log
 */
export function natsBinary(log) {
  return ensureProgram({
    commands: ['nats-server'],
    systemPackage: 'nats-server',
    otherWays:
      'set NATS_URL to a running NATS server with JetStream, or put nats-server (2.9.10 or newer) on PATH, ' +
      'or run once as root on Debian or Ubuntu, where its package is then installed',
    log,
  });
}
