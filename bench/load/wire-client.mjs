// @ts-check
// A socket.io client over a bare TCP socket: text frames only, nothing parsed that is only counted. The usual client costs
// more CPU than the servers that are to be measured.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/**
 * @typedef {object} Listener
 * @property {(client: WireClient, payload: Buffer, start: number, end: number) => void} delivered of `message.created`
 * @property {(client: WireClient, payload: string) => void} acknowledged of the last command
 */

const digits = { ping: 0x32, message: 0x34, open: 0x30, connected: 0x30, event: 0x32, acknowledgement: 0x33 };
const switchingEnd = Buffer.from('\r\n\r\n');
const letters = { s: 0x73, c: 0x63 };

/** One connection. Masked with zeros, which is legal and leaves the payload as it is. */
export class WireClient {
  deliveries = 0;
  /** @type {import('node:net').Socket} */
  #socket;
  /** @type {Buffer} */
  #rest = Buffer.alloc(0);
  #isUpgraded = false;
  #auth;
  #listener;
  #commands = 0;
  /** @type {{resolve: () => void, reject: (error: Error) => void}} */
  #opening = { resolve: () => undefined, reject: () => undefined };

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {object} options.auth of the socket.io handshake
   * @param {Listener} options.listener
   */
  constructor({ url, auth, listener }) {
    const { hostname, port } = new URL(url);
    this.#auth = auth;
    this.#listener = listener;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('connect', () => {
      this.#socket.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\n` +
          `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      );
    });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#opening.reject(error));
    this.#socket.on('close', () => this.#opening.reject(new Error('the server closed the connection')));
  }

  /** Resolves at `session.ready`. @returns {Promise<void>} */
  open() {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
  }

  /** @param {string} packet JSON text of a command and its argument, as an array */
  command(packet) {
    this.#commands += 1;
    this.#write(`42${this.#commands}${packet}`);
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {string} text ASCII */
  #write(text) {
    const { length } = text;
    const header = length < 126 ? 6 : 8;
    const frame = Buffer.allocUnsafe(header + length);
    frame[0] = 0x81;
    if (header === 6) {
      frame[1] = 0x80 | length;
    } else {
      frame[1] = 0x80 | 126;
      frame.writeUInt16BE(length, 2);
    }
    frame.fill(0, header - 4, header);
    frame.write(text, header, 'latin1');
    this.#socket.write(frame);
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isUpgraded) {
      const end = data.indexOf(switchingEnd);
      if (end < 0) {
        this.#rest = data;
        return;
      }
      this.#isUpgraded = true;
      data = data.subarray(end + switchingEnd.length);
    }
    let position = 0;
    for (;;) {
      if (data.length - position < 2) break;
      const short = /** @type {number} */ (data[position + 1]);
      let start = position + 2;
      let length = short;
      if (short >= 126) {
        start += short === 126 ? 2 : 8;
        if (data.length < start) break;
        length = short === 126 ? data.readUInt16BE(start - 2) : Number(data.readBigUInt64BE(start - 8));
      }
      if (data.length < start + length) break;
      if (data[position] === 0x81) this.#packet(data, start, start + length);
      position = start + length;
    }
    this.#rest = position === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(position));
  }

  /**
   * @param {Buffer} data
   * @param {number} start
   * @param {number} end
   */
  #packet(data, start, end) {
    if (data[start] === digits.ping) return this.#write('3');
    if (data[start] === digits.open) return this.#write(`40${JSON.stringify(this.#auth)}`);
    if (data[start] !== digits.message || data[start + 1] === digits.connected) return;
    if (data[start + 1] === digits.event) return this.#event(data, start, end);
    const text = data.toString('latin1', start + 2, end);
    if (data[start + 1] === digits.acknowledgement) this.#listener.acknowledged(this, text);
    else this.#opening.reject(new Error(`refused: ${text}`));
  }

  /**
   * `42["message.created",...`: two letters tell the names apart.
   * @param {Buffer} data
   * @param {number} start
   * @param {number} end
   */
  #event(data, start, end) {
    if (data[start + 4] === letters.s) {
      if (data[start + 12] === letters.c)
        this.#opening.reject(new Error(data.toString('latin1', start, end)));
      else this.#opening.resolve();
    } else if (data[start + 6] === letters.s) {
      this.deliveries += 1;
      this.#listener.delivered(this, data, start, end);
    }
  }
}
