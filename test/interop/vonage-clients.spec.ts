import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { heard, NexmoClient, releases, senderOf } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;
const open: NexmoClient[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});
// A page that stays open hears and acknowledges what later tests say.
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => world.close());

describe.each(releases)('the unmodified %s', (release) => {
  test('sends a custom event, which listeners of both people get', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const alice = await NexmoClient.login(release, vonage, vonage.token('alice'));
    open.push(alice);
    const bob = await NexmoClient.login(release, vonage, vonage.token('bob'), { gateway: 1 });
    open.push(bob);
    const ofAlice = await alice.application.getConversation(id);
    const ofBob = await bob.application.getConversation(id);
    const both = [ofAlice, ofBob].map((conversation) => NexmoClient.hear(conversation, 'my_custom_event'));
    await ofAlice.sendCustomEvent({ type: 'my_custom_event', body: { your: 'data' } });
    for (const events of both) {
      expect((await heard(events, 1)).map(senderOf)).toEqual(['alice']);
      expect(events).toEqual([expect.objectContaining({ id: 3, body: { your: 'data' } })]);
    }
  });
});
