// @ts-check
import { createServer } from 'node:net';
import { Failure } from './process-output.mjs';

// Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152), so that a
// restarted process finds its port still free.
const lowest = 20_000;
const highest = 32_767;

/** @type {Set<number>} */
const given = new Set();

/**
 * A port on 127.0.0.1 that nobody listens on and that this process has not given away before.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (given.has(port) || (await whyTaken(port, '127.0.0.1')) !== undefined) continue;
    given.add(port);
    return port;
  }
  throw new Failure(`no free port between ${lowest} and ${highest}.`);
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<string | undefined>} the system's error code
 */
function whyTaken(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) =>
      resolve(/** @type {NodeJS.ErrnoException} */ (error).code ?? 'EADDRINUSE'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/**
 * Reads PORT and makes sure that it can be listened on. 0 means any free port.
 * @param {string | undefined} text
 * @returns {Promise<number>}
 */
export async function publicPort(text) {
  const port = Number(text === undefined || text === '' ? 3000 : text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure(`PORT must be a number from 0 to 65535, but is ${JSON.stringify(text)}.`);
  }
  if (port === 0) return freePort();
  // The wildcard too: who listens on another address of this machine also blocks a gateway that listens on all.
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const code = await whyTaken(port, host);
    if (code === 'EACCES')
      throw new Failure(`port ${port} may not be used by this user: set PORT to another.`);
    if (code !== undefined)
      throw new Failure(`port ${port} is taken: set PORT to another, or stop what uses it.`);
  }
  given.add(port);
  return port;
}
