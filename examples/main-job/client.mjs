// A connected user: what the socket hears, in order, and its calls.
import { io } from 'socket.io-client';
import { Arrivals, within } from './report.mjs';

/**
 * @param {string} url of a gateway
 * @param {string} token
 * @param {Record<string, number>} [resume] last seq by conversation; none: only what comes from now on
 */
export async function connect(url, token, resume) {
  const heard = new Arrivals();
  const auth = resume === undefined ? { token } : { token, resume };
  const socket = io(url, { transports: ['websocket'], forceNew: true, auth });
  socket.onAny((name, payload) => heard.add({ name, payload }));
  const refused = new Promise((_resolve, reject) => socket.once('connect_error', reject));
  // Heard when everything missed has been delivered.
  await Promise.race([heard.first(({ name }) => name === 'session.ready', 'session.ready'), refused]).catch(
    (error) => {
      socket.disconnect();
      throw error;
    },
  );
  return new Client(socket, heard);
}

export class Client {
  /**
   * @param {import('socket.io-client').Socket} socket
   * @param {Arrivals} heard
   */
  constructor(socket, heard) {
    this.socket = socket;
    this.heard = heard;
  }

  /**
   * Events of timelines, not what concerns the session.
   *
   * @returns {any[]}
   */
  get events() {
    return this.heard.items.map(({ payload }) => payload).filter(({ seq }) => seq !== undefined);
  }

  /** @param {string} eventId */
  async hears(eventId) {
    if (eventId === undefined) throw new Error('an event that was not stored is heard by nobody');
    return (await this.heard.first(({ payload }) => payload.id === eventId, `event ${eventId}`)).payload;
  }

  /**
   * @param {string} conversationId
   * @param {string} text
   */
  send(conversationId, text) {
    return this.call('message.send', { conversationId, content: { type: 'text', text } });
  }

  /**
   * @param {string} conversationId
   * @param {string} name
   * @param {unknown} data
   */
  sendCustom(conversationId, name, data) {
    return this.call('custom_event.send', { conversationId, name, data });
  }

  /**
   * @param {string} conversationId
   * @returns {Promise<any[]>} oldest first
   */
  async history(conversationId) {
    const answer = await this.call('events.list', { conversationId, order: 'ascending' });
    if (!answer.ok) throw new Error(`events.list was answered with ${JSON.stringify(answer)}`);
    return answer.events;
  }

  /**
   * @param {string} name
   * @param {object} request
   * @returns {Promise<any>} the acknowledgement
   */
  call(name, request) {
    return within(this.socket.emitWithAck(name, request), `the acknowledgement of ${name}`);
  }

  close() {
    this.socket.disconnect();
  }
}
