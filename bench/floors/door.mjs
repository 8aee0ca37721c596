// @ts-check
// The door of every floor: bare socket.io, one room per group, no JWT, no schema, no feed.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

/**
 * @typedef {object} Command
 * @property {number} conversationKey
 * @property {string} senderId
 * @property {string} content JSON text
 */

/** @typedef {{id: string, seq: number, timestamp: number}} Stored */
/** @typedef {Command & Stored} StoredEvent */

/**
 * The token says who comes and to which group: `<user>@<number of the group>`.
 * @param {(command: Command) => Promise<Stored>} store resolves when it is durable
 * @returns {Promise<{url: string, deliver: (event: StoredEvent) => void}>}
 */
export async function openDoor(store) {
  const http = createServer();
  const server = new Server(http, { transports: ['websocket'], serveClient: false });
  /** @type {Map<string, string>} user -> socket */
  const sockets = new Map();
  server.on('connection', (socket) => {
    const [user = '', group = '0'] = String(socket.handshake.auth['token']).split('@');
    const conversationKey = Number(group);
    sockets.set(user, socket.id);
    void socket.join(group);
    socket.on('message.send', (request, acknowledge) => {
      store({ conversationKey, senderId: user, content: JSON.stringify(request.content) }).then(
        ({ id, seq, timestamp }) => acknowledge({ ok: true, eventId: id, seq, timestamp, modified: null }),
        (error) => acknowledge({ ok: false, error: String(error) }),
      );
    });
    socket.emit('session.ready', {});
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  return {
    url: `http://127.0.0.1:${port}`,
    deliver: ({ id, conversationKey, seq, timestamp, senderId, content }) => {
      const group = String(conversationKey);
      server
        .to(group)
        .except(sockets.get(senderId) ?? '')
        .emit('message.created', {
          id,
          conversationId: group,
          seq,
          timestamp,
          type: 'message',
          senderId,
          content: JSON.parse(content),
        });
    },
  };
}
