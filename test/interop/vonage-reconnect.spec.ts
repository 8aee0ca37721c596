import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CutLine } from '../harness/cut-line.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { heard, NexmoClient, releases, type Release } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'carol');
  await vonage.application.hook(({ text }) => (text.includes('psst') ? { recipients: ['carol'] } : {}));
});
// A page that stays open hears and acknowledges what later tests say.
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
afterAll(() => world.close());

async function login(
  release: Release,
  name: string,
  where: { gateway?: number; url?: string } = {},
): Promise<NexmoClient> {
  const client = await NexmoClient.login(release, vonage, vonage.token(name), where);
  open.push(client);
  return client;
}

describe.each(releases)('%s', (release) => {
  test('goes on with its session at another gateway, and hears what it has missed, once and in order', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const line = await CutLine.to(world.gateways[0]!.url);
    open.push(line);
    const alice = await login(release, 'alice', { url: line.url });
    const bob = await login(release, 'bob');
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(id)),
    );
    const events = NexmoClient.hear(ofAlice!, 'step', 'member:joined');
    const steps = async (...numbers: number[]): Promise<void> => {
      for (const number of numbers) await ofBob!.sendCustomEvent({ type: 'step', body: { number } });
    };
    await steps(1, 2);
    await heard(events, 2);
    const { sessionId } = alice;
    const disconnected = new Promise((resolve) => {
      alice.onConnection('disconnect', resolve);
    });
    line.cut();
    expect(await disconnected).toBe('ConnectionError');
    await steps(3, 4);
    await vonage.join(id, 'carol');
    await steps(5);
    line.mend(world.gateways[1]!.url);
    await heard(events, 6);
    await steps(6);
    await heard(events, 7);
    expect(
      events.map(({ name, id: seq, body }) => [name, seq, (body as { number?: number }).number]),
    ).toEqual([
      ...[1, 2, 3, 4].map((number) => ['step', number + 2, number]),
      ['member:joined', 7, undefined],
      ...[5, 6].map((number) => ['step', number + 3, number]),
    ]);
    expect(alice.sessionId).toBe(sessionId);
  });

  test('asks for what was lost on its way', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const alice = await login(release, 'alice');
    const bob = await login(release, 'bob', { gateway: 1 });
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(id)),
    );
    const events = NexmoClient.hear(ofAlice!, 'step');
    const step = (number: number) => ofBob!.sendCustomEvent({ type: 'step', body: { number } });
    await step(1);
    await heard(events, 1);
    alice.loseNext('"number":2');
    for (const number of [2, 3]) await step(number);
    await heard(events, 3);
    expect(events.map(({ id: seq, body }) => [seq, body])).toEqual(
      [1, 2, 3].map((number) => [number + 2, { number }]),
    );
  });

  test('passes over what is not for it', async () => {
    const { application } = vonage;
    const [alice, bob] = await Promise.all([login(release, 'alice'), application.known('bob')]);
    const { id } = await vonage.room('alice', 'bob', 'carol');
    const ofAlice = await alice.application.getConversation(id);
    const events = NexmoClient.hear(ofAlice, 'text');
    await bob.send({ id }, 'to all');
    expect((await bob.send({ id }, 'psst')).status).toBe(201);
    await bob.send({ id }, 'to all again');
    await heard(events, 2);
    await eventually(async () => {
      const { items } = await ofAlice.getEvents({ page_size: 100 });
      const types = [...items.values()].map(({ type }) => type);
      expect(types.filter((type) => type === 'text:delivered')).toHaveLength(2);
    });
    expect(events.map(({ body }) => (body as { text: string }).text)).toEqual(['to all', 'to all again']);
  });
});
