import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { Heartbeats } from './heartbeats.port.js';

test('a client has got what was sent before a ping that it has answered', async () => {
  const connection = new EventEmitter();
  const heartbeats = new Heartbeats(connection);
  const shown: string[] = [];
  const send = (what: string): void => void heartbeats.answered().then(() => shown.push(what));
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  send('before');
  connection.emit('packetCreate', { type: 'message' });
  connection.emit('heartbeat');
  await settled();
  expect(shown).toEqual([]);
  connection.emit('packetCreate', { type: 'ping' });
  send('after the ping');
  connection.emit('heartbeat');
  await settled();
  expect(shown).toEqual(['before']);
  connection.emit('packetCreate', { type: 'ping' });
  connection.emit('heartbeat');
  await settled();
  expect(shown).toEqual(['before', 'after the ping']);
});

test('a client that asks itself has got what was sent before the answer to its last question', async () => {
  const connection = Object.assign(new EventEmitter(), { protocol: 3 });
  const heartbeats = new Heartbeats(connection);
  const shown: string[] = [];
  const send = (what: string): void => void heartbeats.answered().then(() => shown.push(what));
  const asks = async (): Promise<void> => {
    connection.emit('packetCreate', { type: 'pong' });
    connection.emit('heartbeat');
    await new Promise((resolve) => setImmediate(resolve));
  };
  send('before');
  await asks();
  send('after the answer');
  expect(shown).toEqual([]);
  await asks();
  expect(shown).toEqual(['before']);
  await asks();
  expect(shown).toEqual(['before', 'after the answer']);
});
