// An HTTP server that is told things: webhooks and after-hooks. It believes only what is signed (Standard Webhooks).
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Arrivals } from './report.mjs';

/** Starts one, with a path for each kind of call. The secret of a path is known only after registering its URL. */
export async function startReceiver() {
  /** @type {Map<string, Channel>} */
  const channels = new Map();
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const channel = channels.get(request.url ?? '');
      const body = Buffer.concat(chunks).toString('utf8');
      response.writeHead((await channel?.take(request.headers, body)) ? 204 : 401).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    /** @param {string} path */
    channel: (path) => {
      const channel = new Channel(`http://127.0.0.1:${address.port}${path}`);
      channels.set(path, channel);
      return channel;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

class Channel {
  arrivals = new Arrivals();
  forged = 0;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    /** @type {(secret: string) => void} */
    this.know = () => undefined;
    /** @type {Promise<string>} */
    this.secret = new Promise((resolve) => (this.know = resolve));
  }

  /**
   * @param {import('node:http').IncomingHttpHeaders} headers
   * @param {string} body
   */
  async take(headers, body) {
    const isGenuine = isSignedBy(await this.secret, headers, body);
    if (isGenuine) this.arrivals.add(JSON.parse(body));
    else this.forged += 1;
    return isGenuine;
  }

  /**
   * @param {(body: any) => boolean} isLast
   * @returns {Promise<any[]>} the bodies of all calls, that one included
   */
  async until(isLast) {
    await this.arrivals.first(isLast, `a call to ${this.url}`);
    return this.arrivals.items;
  }
}

/**
 * @param {string} secret
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body
 */
function isSignedBy(secret, headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return String(signatures)
    .split(' ')
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ''), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
