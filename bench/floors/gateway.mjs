// @ts-check
// The gateway of floors b and c: one question per command, one live message per event.
import { openDoor } from './door.mjs';
import { announceFloor, connectNats, floorSettings } from './settings.mjs';

const { floor } = floorSettings();
const nats = await connectNats();
const { url, deliver } = await openDoor(async (command) => {
  const answer = await nats.request(`${floor}.append`, JSON.stringify(command), { timeout: 10_000 });
  return answer.json();
});
nats.subscribe(`${floor}.live.*`, {
  callback: (_error, message) => deliver(message.json()),
});
announceFloor(url);
