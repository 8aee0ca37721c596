// @ts-check
// The gateway of floor d: what waits together travels together.
import { openDoor } from './door.mjs';
import { groupCommit } from './group-commit.mjs';
import { announceFloor, connectNats, floorSettings } from './settings.mjs';

const { floor, writers } = floorSettings();
const nats = await connectNats();
const ask = async (/** @type {import('./door.mjs').Command[]} */ commands) => {
  const answer = await nats.request(`${floor}.append`, JSON.stringify(commands), { timeout: 10_000 });
  return /** @type {import('./door.mjs').Stored[]} */ (answer.json());
};
// The group commit begins in the gateway: a lane has one request on its way.
const { url, deliver } = await openDoor(groupCommit(Array.from({ length: writers }, () => ask)));
nats.subscribe(`${floor}.live`, {
  callback: (_error, message) => {
    for (const event of /** @type {import('./door.mjs').StoredEvent[]} */ (message.json())) deliver(event);
  },
});
announceFloor(url);
