import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Server, type Socket } from 'socket.io';
import { io, type Socket as ClientSocket } from 'socket.io-client';
import { limits } from '#contracts/limits.js';
import { Unread } from './unread.port.js';

let server: Server;
let socket: Socket;
let client: ClientSocket;

beforeEach(async () => {
  const http = createServer();
  server = new Server(http);
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
  const connected = new Promise<Socket>((resolve) => {
    server.once('connection', resolve);
  });
  client = io(url, { transports: ['websocket'], reconnection: false, forceNew: true });
  socket = await connected;
});

afterEach(async () => {
  // Who does not read does not read the end either: a close in good order would be waited for until 30 s have passed.
  webSocket().terminate();
  await server.close();
});

interface WebSocket {
  pause(): void;
  terminate(): void;
}

const webSocket = (): WebSocket =>
  (client.io.engine as unknown as { transport: { ws: WebSocket } }).transport.ws;

const hang = (): void => {
  webSocket().pause();
};

function watched(): { unread: Unread; isOver: () => boolean } {
  let overflows = 0;
  const unread = new Unread(socket.conn, () => {
    overflows += 1;
  });
  return { unread, isOver: () => overflows > 0 };
}

/** What engine.io really keeps. */
function kept(): { packets: number; bytes: number } {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: { data: string }[] };
  return {
    packets: writeBuffer.length,
    bytes: writeBuffer.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0),
  };
}

test.each([
  ['large', 64 * 1024],
  ['small', 100],
])('a client that does not read is given up before more waits than allowed: %s packets', async (_, size) => {
  const { isOver } = watched();
  hang();
  let most = { packets: 0, bytes: 0 };
  // First the kernel's buffers have to be full.
  const filler = 'x'.repeat(1024 * 1024);
  while (kept().packets === 0 && !isOver()) {
    socket.emit('filler', filler);
    await nextTurn();
  }
  while (!isOver()) {
    socket.emit('packet', 'x'.repeat(size));
    most = kept();
    await nextTurn();
  }
  const frame = 100;
  expect(most.packets).toBeLessThanOrEqual(limits.unreadPackets + 1);
  expect(most.bytes).toBeLessThanOrEqual(limits.unreadBytes + filler.length + size + frame);
});

test('a client that reads is never given up, however much it is sent', async () => {
  const { unread, isOver } = watched();
  client.on('end', (reply: () => void) => {
    reply();
  });
  let heard = 0;
  client.on('packet', () => {
    heard += 1;
  });
  const sent = 300;
  for (let count = 0; count < sent; count++) {
    await unread.room();
    for (let part = 0; part < 10; part++) socket.emit('packet', 'x'.repeat(32 * 1024));
  }
  await socket.emitWithAck('end');
  expect(isOver()).toBe(false);
  expect(heard).toBe(sent * 10);
});

test('a client that reads is never given up, however many wait for room side by side', async () => {
  const { unread, isOver } = watched();
  client.on('end', (reply: () => void) => {
    reply();
  });
  const page = async (): Promise<void> => {
    await unread.room();
    for (let part = 0; part < 8; part++) socket.emit('packet', 'x'.repeat(64 * 1024));
  };
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let count = 0; count < 2; count++) await page();
    }),
  );
  await socket.emitWithAck('end');
  expect(isOver()).toBe(false);
});

test('who waits for room is let go when the client is gone', async () => {
  const { unread } = watched();
  hang();
  while (kept().packets === 0) {
    socket.emit('filler', 'x'.repeat(1024 * 1024));
    await nextTurn();
  }
  const waiting = unread.room();
  socket.conn.close(true);
  await waiting;
});
