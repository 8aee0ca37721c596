// @ts-check
// Floor a: one process, bare socket.io, group commit.
import { openDoor } from './door.mjs';
import { groupCommit } from './group-commit.mjs';
import { plainWriter } from './plain-store.mjs';
import { announceFloor, floorSettings } from './settings.mjs';

const { databaseUrl, writers } = floorSettings();
const submit = groupCommit(
  await Promise.all(Array.from({ length: writers }, () => plainWriter(databaseUrl, 'floor_a'))),
);
const { url, deliver } = await openDoor(async (command) => {
  const event = await submit(command);
  deliver(event);
  return event;
});
announceFloor(url);
