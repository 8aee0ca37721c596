import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Server } from 'socket.io';
import { io, type Socket as ClientSocket } from 'socket.io-client';
import type { MessageEvent } from '#contracts/event.js';
import type { ClientToServerEvents, ServerToClientEvents } from '#contracts/sockets.js';
import { LiveEmitter } from './live-emitter.js';

let server: Server<ClientToServerEvents, ServerToClientEvents, Record<string, never>>;
let url: string;
let emitter: LiveEmitter;
let clients: ClientSocket[];

beforeEach(async () => {
  const http = createServer();
  server = new Server(http);
  emitter = new LiveEmitter(server);
  clients = [];
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

/** A connected client: its id at the server, and the seqs that it hears until it is told that this was all. */
async function connected(): Promise<{ id: string; all: Promise<number[]> }> {
  const atServer = new Promise<string>((resolve) => {
    server.once('connection', ({ id }) => {
      resolve(id);
    });
  });
  const client = io(url, { transports: ['websocket'], reconnection: false, forceNew: true });
  clients.push(client);
  const heard: number[] = [];
  client.on('message.created', ({ seq }: MessageEvent) => heard.push(seq));
  const all = new Promise<number[]>((resolve) => {
    client.once('session.ready', () => {
      resolve(heard);
    });
  });
  return { id: await atServer, all };
}

const message = (seq: number): MessageEvent => ({
  id: '01a1fc6c-5929-70f9-af6f-18f559abdeb1',
  conversationId: 'group',
  seq,
  timestamp: 1,
  type: 'message',
  senderId: 'tom',
  content: { type: 'text', text: 'Hello' },
});

test('a session that catches up hears a live event after what it has missed, though others hear it before', async () => {
  const live = await connected();
  const catchingUp = await connected();
  const newest = message(3);

  emitter.event(live.id, newest);
  for (const missed of [message(1), message(2)]) emitter.event(catchingUp.id, missed);
  emitter.event(catchingUp.id, newest);
  emitter.flush();
  server.emit('session.ready', { sessionId: newest.id, userId: 'tom', conversations: [] });

  expect(await live.all).toEqual([3]);
  expect(await catchingUp.all).toEqual([1, 2, 3]);
});
