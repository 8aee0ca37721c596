import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { heard, NexmoClient, releases, senderOf, type NexmoConversation } from './nexmo-client.js';
import { VonageApplication, type Room } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'carol');
});
afterAll(() => world.close());

describe.each(releases)('%s', (release) => {
  let alice: NexmoClient;
  let bob: NexmoClient;
  let open: NexmoClient[] = [];

  beforeAll(async () => {
    [alice, bob] = await Promise.all([
      NexmoClient.login(release, vonage, vonage.token('alice')),
      NexmoClient.login(release, vonage, vonage.token('bob'), { gateway: 1 }),
    ]);
    open = [alice, bob];
  });
  afterAll(() => {
    for (const client of open) client.close();
  });

  /** A conversation of both, as each of them has it. */
  async function together(): Promise<Room & Record<'ofAlice' | 'ofBob', NexmoConversation>> {
    const room = await vonage.room('alice', 'bob');
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(room.id)),
    );
    return { ...room, ofAlice: ofAlice!, ofBob: ofBob! };
  }

  test('hears what it has sent itself, in each of its sessions', async () => {
    const { id, ofAlice } = await together();
    const second = await NexmoClient.login(release, vonage, vonage.token('alice'), { gateway: 1 });
    open.push(second);
    const sessions = [ofAlice, await second.application.getConversation(id)];
    const both = sessions.map((conversation) => NexmoClient.hear(conversation, 'order'));
    const body = { 10: 'ten', 2: 'two', name: 'Ünïcödé 🎈', nested: { list: [1, null, true] } };
    const sent = await ofAlice.sendCustomEvent({ type: 'order', body });
    expect(sent.id).toBe(3);
    for (const events of both) {
      expect((await heard(events, 1)).map(senderOf)).toEqual(['alice']);
      expect(events).toEqual([expect.objectContaining({ name: 'order', id: 3, body })]);
    }
    second.close();
  });

  test('tells by itself that a text was delivered, which its sender hears and every page shows', async () => {
    const { members, ofAlice, ofBob } = await together();
    const delivered = NexmoClient.hear(ofAlice, 'text:delivered');
    const texts = NexmoClient.hear(ofBob, 'text');
    const { id } = await ofAlice.sendText('Holy crap!');
    await heard(texts, 1);
    expect(texts).toEqual([
      expect.objectContaining({ id, body: expect.objectContaining({ text: 'Holy crap!' }) }),
    ]);
    expect(texts.map(senderOf)).toEqual(['alice']);
    expect((await heard(delivered, 1)).map(senderOf)).toEqual(['bob']);
    const { items } = await ofBob.getEvents({ order: 'desc', page_size: 2 });
    expect([...items.values()].map(({ type, body }) => [type, body])).toEqual([
      ['text:delivered', { event_id: id }],
      ['text', expect.objectContaining({ text: 'Holy crap!' })],
    ]);
    const { state } = await shownState(ofBob, id);
    expect(state).toMatchObject({ delivered_to: { [members['bob']!]: expect.any(String) }, seen_by: {} });
  });

  test('says once that it has seen something: the second time the package refuses', async () => {
    const { members, ofAlice, ofBob } = await together();
    const [text, custom] = [NexmoClient.next(ofBob, 'text'), NexmoClient.next(ofBob, 'poke')];
    const seen = NexmoClient.hear(ofAlice, 'text:seen', 'event:seen');
    const ownSeen = NexmoClient.hear(ofBob, 'text:seen');
    await ofAlice.sendText('look');
    await ofAlice.sendCustomEvent({ type: 'poke', body: {} });
    await (await text).seen();
    await heard(ownSeen, 1);
    await expect((await text).seen()).rejects.toMatchObject({ type: 'error:already-seen' });
    await (await custom).seen();
    expect((await heard(seen, 2)).map((event) => [event.name, senderOf(event)])).toEqual([
      ['text:seen', 'bob'],
      ['event:seen', 'bob'],
    ]);
    const { state } = await shownState(ofAlice, (await text).id);
    expect(state).toMatchObject({ seen_by: { [members['bob']!]: expect.any(String) } });
  });

  test('refuses to see its own text, and so does the platform', async () => {
    const { id, members, ofAlice } = await together();
    const own = NexmoClient.next(ofAlice, 'text');
    await ofAlice.sendText('mine');
    await expect((await own).seen()).rejects.toMatchObject({ type: 'error:seen:own-message' });
    const body = { type: 'text:seen', from: members['alice'], body: { event_id: (await own).id } };
    const as = vonage.token('alice');
    expect((await vonage.call('POST', `/beta/conversations/${id}/events`, { as, body })).status).toBe(404);
  });

  test('tells that somebody is typing, and stores none of it', async () => {
    const { ofAlice, ofBob } = await together();
    const typing = NexmoClient.hear(ofBob, 'text:typing:on', 'text:typing:off');
    await ofAlice.startTyping();
    await ofAlice.stopTyping();
    expect((await heard(typing, 2)).map((event) => [event.name, senderOf(event), event.id])).toEqual([
      ['text:typing:on', 'alice', undefined],
      ['text:typing:off', 'alice', undefined],
    ]);
    const { items } = await ofBob.getEvents();
    expect([...items.values()].map(({ type }) => type)).toEqual(['member:joined', 'member:joined']);
  });

  test('deletes its text, of which nothing is left for anybody', async () => {
    const { ofAlice, ofBob } = await together();
    const deleted = [ofAlice, ofBob].map((conversation) => NexmoClient.hear(conversation, 'event:delete'));
    const delivered = NexmoClient.hear(ofAlice, 'text:delivered');
    const text = NexmoClient.next(ofAlice, 'text');
    const { id } = await ofAlice.sendText('secret');
    // The delivery is a step of its own: what is gone cannot be delivered any more.
    await heard(delivered, 1);
    await (await text).del();
    for (const events of deleted) expect((await heard(events, 1)).map(senderOf)).toEqual(['alice']);
    const { items } = await ofBob.getEvents({ page_size: 50 });
    expect(JSON.stringify([...items.values()].map(({ body }) => body))).not.toContain('secret');
    const shown = [...items.values()].find((event) => event.id === id);
    expect(shown).toMatchObject({ type: 'text', body: { timestamp: { deleted: expect.any(String) } } });
  });

  const message = release === 'nexmo-client-8' || release === 'nexmo-client-9' ? test : null;

  message?.('sends messages of several types, delivered by themselves', async () => {
    const { ofAlice, ofBob } = await together();
    const messages = NexmoClient.hear(ofBob, 'message');
    const delivered = NexmoClient.hear(ofAlice, 'message:delivered');
    const bodies = [
      { message_type: 'text', text: 'yo' },
      { message_type: 'image', image: { url: 'https://pictures.example/1.png' } },
      { message_type: 'location', location: { longitude: 1.5, latitude: -2.25, name: 'here', address: 'a' } },
      { message_type: 'custom', custom: { deep: [{ a: 1 }] } },
    ];
    for (const body of bodies) await ofAlice.sendMessage(body);
    await heard(messages, 4);
    expect(messages.map(({ body }) => body)).toEqual(bodies);
    expect((await heard(delivered, 4)).map(senderOf)).toEqual(['bob', 'bob', 'bob', 'bob']);
    await expect(ofAlice.sendMessage({ message_type: 'text' })).rejects.toMatchObject({
      type: 'http:error:validation-fail',
    });
  });

  const ephemeral = release === 'nexmo-client-9' ? test : null;

  ephemeral?.('sends what is stored nowhere', async () => {
    const { ofAlice, ofBob } = await together();
    const both = [ofAlice, ofBob].map((conversation) => NexmoClient.hear(conversation, 'ephemeral'));
    await ofAlice.sendEphemeralEvent({ cursor: [1, 2] });
    for (const events of both) {
      await heard(events, 1);
      expect(events).toEqual([expect.objectContaining({ id: undefined, body: { cursor: [1, 2] } })]);
    }
    expect((await ofBob.getEvents()).items.size).toBe(2);
  });
});

/** An event as a page of history has it, with its receipts. */
async function shownState(conversation: NexmoConversation, id: number) {
  return eventually(async () => {
    const { items } = await conversation.getEvents({ page_size: 100 });
    const event = [...items.values()].find((one) => one.id === id);
    if (event?.state === undefined) throw new Error('it has no state');
    return event;
  });
}
