import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CutLine } from '../harness/cut-line.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';
import { heard, NexmoClient, releases } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';
import { VonageSocket } from './vonage-socket.js';

let world: World;
let vonage: VonageApplication;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  world = await World.start({ gateways: 2 });
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'carol', 'dave');
});
afterAll(async () => {
  for (const one of open) await one.close();
  await world.close();
});

const step = (id: string, number: number) =>
  vonage.ask('POST', `/beta/conversations/${id}/events`, {
    as: vonage.token('bob'),
    body: { type: 'custom:step', body: { number } },
  });

describe.each(releases)('%s', (release) => {
  test.each(['stops for a deployment', 'is killed'])('goes on elsewhere when its gateway %s', async (how) => {
    const { id } = await vonage.room('alice', 'bob');
    const gateway = world.gateways[1]!;
    const line = await CutLine.to(gateway.url);
    open.push(line);
    const alice = await NexmoClient.login(release, vonage, vonage.token('alice'), { url: line.url });
    open.push(alice);
    const { sessionId } = alice;
    const events = NexmoClient.hear(await alice.application.getConversation(id), 'step');
    await step(id, 1);
    await heard(events, 1);
    const gone = new Promise((resolve) => {
      alice.onConnection('disconnect', resolve);
    });
    if (how === 'is killed') await gateway.kill();
    else expect(await gateway.stop()).toBe(0);
    // Of a client that was told goodbye it would be another one, and it would not come again.
    expect(await gone).toBe('ConnectionError');
    await step(id, 2);
    line.mend(world.gateways[0]!.url);
    await heard(events, 2);
    await step(id, 3);
    await heard(events, 3);
    expect(events.map(({ id: seq, body }) => [seq, body])).toEqual(
      [1, 2, 3].map((number) => [number + 2, { number }]),
    );
    expect(alice.sessionId).toBe(sessionId);
    alice.close();
    await gateway.start();
  });
});

test('a client that does not read is cut off, and goes on where it was', async () => {
  const { id } = await vonage.room('carol', 'bob');
  const { url } = world.gateways[0]!;
  const hanging = await VonageSocket.login(url, vonage.token('carol'));
  open.push(hanging);
  await step(id, 0);
  await hanging.hearsNamed('custom:step');
  hanging.stopReading();
  const large = 'x'.repeat(60 * 1024);
  const bob = await vonage.application.known('bob');
  let sent = 0;
  while (world.filesWith('a client was cut off').length === 0) {
    if (sent > 900) throw new Error('it is still kept');
    for (let count = 0; count < 20; count++, sent++) await bob.send({ id }, large);
  }
  const again = await VonageSocket.login(url, vonage.token('carol'), { session_id: hanging.sessionId });
  open.push(again);
  await again.hearsNamed('text', sent);
  expect(again.pushed(id).map(({ payload }) => payload.id)).toEqual(
    Array.from({ length: sent + 1 }, (_, index) => index + 3),
  );
  hanging.readOn();
  expect(await hanging.ended).toMatch(/^transport/);
});

test('what has gone leaves no session behind', async () => {
  const { url } = world.gateways[0]!;
  const dave = await vonage.application.known('dave');
  const token = vonage.token('dave');
  const sockets = await Promise.all(Array.from({ length: 10 }, () => VonageSocket.login(url, token)));
  expect(await vonage.application.sessions(dave)).toHaveLength(10);
  sockets.forEach((socket, index) => {
    if (index % 2 === 0) socket.vanish();
    else socket.close();
  });
  await eventually(async () => {
    expect(await vonage.application.sessions(dave)).toEqual([]);
  });
});
