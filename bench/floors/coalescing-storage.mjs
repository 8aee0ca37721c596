// @ts-check
// The storage of floor d: a request is a batch, one append, one reply, one live message.
import { honestWriter } from './honest-store.mjs';
import { announceFloor, connectNats, floorSettings } from './settings.mjs';

const { floor, databaseUrl, writers } = floorSettings();
const free = await Promise.all(Array.from({ length: writers }, () => honestWriter(databaseUrl, floor)));
const nats = await connectNats();

/** @param {import('@nats-io/transport-node').Msg} message */
async function append(message) {
  // One gateway has no more requests on their way than there are writers.
  const write = /** @type {(typeof free)[number]} */ (free.pop());
  try {
    const events = await write(message.json());
    message.respond(JSON.stringify(events.map(({ id, seq, timestamp }) => ({ id, seq, timestamp }))));
    nats.publish(`${floor}.live`, JSON.stringify(events));
  } finally {
    free.push(write);
  }
}

nats.subscribe(`${floor}.append`, { callback: (_error, message) => void append(message) });
await nats.flush();
announceFloor();
