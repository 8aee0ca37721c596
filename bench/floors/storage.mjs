// @ts-check
// The storage of floors b and c.
import { groupCommit } from './group-commit.mjs';
import { honestWriter } from './honest-store.mjs';
import { plainWriter } from './plain-store.mjs';
import { announceFloor, connectNats, floorSettings } from './settings.mjs';

const { floor, databaseUrl, writers } = floorSettings();
const writer = floor === 'floor_b' ? plainWriter : honestWriter;
const submit = groupCommit(
  await Promise.all(Array.from({ length: writers }, () => writer(databaseUrl, floor))),
);
const nats = await connectNats();
nats.subscribe(`${floor}.append`, {
  callback: (_error, message) => {
    submit(message.json()).then(
      (event) => {
        const { id, seq, timestamp, conversationKey } = event;
        message.respond(JSON.stringify({ id, seq, timestamp }));
        nats.publish(`${floor}.live.${conversationKey}`, JSON.stringify(event));
      },
      (error) => process.stderr.write(`${String(error)}\n`),
    );
  },
});
await nats.flush();
announceFloor();
