import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import sharp from 'sharp';
import { operations } from '#contracts/rest/operations.js';
import { heard, NexmoClient, releases, type NexmoConversation, type NexmoPage } from './nexmo-client.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;
let open: NexmoClient[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'stranger');
});
afterEach(() => {
  for (const client of open) client.close();
  open = [];
});
afterAll(() => world.close());

function idsOf({ items }: NexmoPage<{ readonly id: unknown }>): number[] {
  return [...items.values()].map(({ id }) => Number(id));
}

describe.each(releases)('%s', (release) => {
  async function login(name: string, token = vonage.token(name)): Promise<NexmoClient> {
    const client = await NexmoClient.login(release, vonage, token);
    open.push(client);
    return client;
  }

  async function ofBoth(): Promise<{
    ofAlice: NexmoConversation;
    ofBob: NexmoConversation;
    alice: NexmoClient;
  }> {
    const { id } = await vonage.room('alice', 'bob');
    const [alice, bob] = await Promise.all([login('alice'), login('bob')]);
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(id)),
    );
    return { ofAlice: ofAlice!, ofBob: ofBob!, alice };
  }

  test('turns the pages of a conversation, both ways and in both orders', async () => {
    const { ofAlice } = await ofBoth();
    for (let count = 0; count < 6; count += 1)
      await ofAlice.sendCustomEvent({ type: 'count', body: { count } });
    // The first two are those who have joined.
    const [first, second, third] = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ];
    const page = await ofAlice.getEvents({ page_size: 3, order: 'asc' });
    expect([idsOf(page), page.hasPrev()]).toEqual([first, false]);
    const next = await page.getNext();
    const last = await next.getNext();
    expect([idsOf(next), idsOf(last), last.hasNext()]).toEqual([second, third, false]);
    expect(idsOf(await last.getPrev())).toEqual(second);
    const newest = await ofAlice.getEvents({ page_size: 5, order: 'desc' });
    expect([idsOf(newest), idsOf(await newest.getNext())]).toEqual([
      [8, 7, 6, 5, 4],
      [3, 2, 1],
    ]);
    const members = await ofAlice.getEvents({ event_type: 'member:*' });
    expect([...members.items.values()].map(({ type }) => type)).toEqual(['member:joined', 'member:joined']);
  });

  test('sends an image, which another is shown and fetches', async () => {
    const { ofAlice, ofBob, alice } = await ofBoth();
    const arrived = NexmoClient.next(ofBob, 'image');
    const background = { r: 200, g: 40, b: 40 };
    const bytes = await sharp({ create: { width: 1_200, height: 900, channels: 3, background } })
      .jpeg()
      .toBuffer();
    await ofAlice.sendImage(alice.file(bytes, 'image/jpeg'));
    const image = await arrived;
    const sizes: unknown[] = [];
    for (const size of ['original', 'thumbnail']) {
      const [, data] = (await image.fetchImage(size)).split(',', 2);
      const { format, width } = await sharp(Buffer.from(data!, 'base64')).metadata();
      sizes.push([format, width < 1_200]);
    }
    expect(sizes).toEqual([
      ['jpeg', false],
      ['jpeg', true],
    ]);
  });

  test('goes on with another token when the first one holds no more', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const token = vonage.token('alice');
    const alice = await login('alice', token);
    const conversation = await alice.application.getConversation(id);
    const events = NexmoClient.hear(conversation, 'again');
    await alice.application.updateToken(vonage.token('alice'));
    await vonage.application.call(operations.revokeToken, {
      parameters: { userId: 'alice' },
      body: { tokenId: decodeJwt(token).jti! },
    });
    await conversation.sendCustomEvent({ type: 'again', body: { of: 'mine' } });
    expect((await heard(events, 1)).map(({ body }) => body)).toEqual([{ of: 'mine' }]);
    await expect(NexmoClient.login(release, vonage, token)).rejects.toMatchObject({
      type: 'system:error:invalid-token',
    });
  });

  test('says what was wrong', async () => {
    const { ofAlice, alice } = await ofBoth();
    const stranger = await login('stranger');
    const refused = (type: string) => expect.objectContaining({ type });
    const notFound = refused('conversation:error:not-found');
    const unknown = 'CON-00000000-0000-4000-8000-000000000000';
    await expect(alice.application.getConversation(unknown)).rejects.toEqual(notFound);
    const invalid = refused('http:error:validation-fail');
    await expect(ofAlice.sendCustomEvent({ type: 'no spaces', body: {} })).rejects.toEqual(invalid);
    await expect(ofAlice.sendCustomEvent({ type: 'x'.repeat(101), body: {} })).rejects.toEqual(invalid);
    const large = { text: 'x'.repeat(4_096) };
    await expect(ofAlice.sendCustomEvent({ type: 'large', body: large })).rejects.toEqual(invalid);
    await expect(ofAlice.sendText('x'.repeat(2_501))).rejects.toEqual(invalid);
    // Everybody may look at a conversation that everybody may join; what is said there is its members' alone.
    const looked = await stranger.application.getConversation(ofAlice.id);
    await expect(looked.getEvents({ page_size: 1 })).rejects.toMatchObject({ type: expect.any(String) });
    const { items } = await ofAlice.getEvents({ event_type: 'custom:large' });
    expect(items.size).toBe(0);
  });

  test('logs out, and is nobody any more', async () => {
    const alice = await login('alice');
    const { sessionId } = alice;
    const sessions = async (): Promise<unknown[]> => {
      const path = '/v0.3/users/me/sessions';
      const said = { as: vonage.token('alice') };
      const { _embedded } = await vonage.ask<{ _embedded: { sessions: { id: string }[] } }>(
        'GET',
        path,
        said,
      );
      return _embedded.sessions.map(({ id }) => id);
    };
    expect(await sessions()).toContain(sessionId);
    await alice.logout();
    expect(await sessions()).not.toContain(sessionId);
  });
});
