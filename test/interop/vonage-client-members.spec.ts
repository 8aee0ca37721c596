import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { heard, NexmoClient, releases, type NexmoEvent, type NexmoMember } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

/** What an application's listeners were told of its user's own comings. */
function ownNews({ application }: NexmoClient, ...names: string[]): [string, string, unknown][] {
  const news: [string, string, unknown][] = [];
  for (const name of names)
    application.on(name, (member: NexmoMember, event: NexmoEvent) => {
      news.push([name, member.id, event.body['cname']]);
    });
  return news;
}

/** Whom the events of members are about. */
const whom = (
  events: readonly { readonly name: string; readonly body: unknown }[],
): [name: string, user: string][] =>
  events.map(({ name, body }) => [name, (body as { user: { name: string } }).user.name]);

describe.each(releases)('%s', (release) => {
  const isOld = release === 'nexmo-client-6' || release === 'nexmo-client-7';
  let alice: NexmoClient;
  let bob: NexmoClient;
  let carol: NexmoClient;

  beforeAll(async () => {
    vonage = await VonageApplication.of(world);
    await vonage.users('alice', 'bob', 'carol');
    [alice, bob, carol] = await Promise.all([
      NexmoClient.login(release, vonage, vonage.token('alice')),
      NexmoClient.login(release, vonage, vonage.token('bob'), { gateway: 1 }),
      NexmoClient.login(release, vonage, vonage.token('carol')),
    ]);
  });
  afterAll(() => {
    for (const client of [alice, bob, carol]) client.close();
  });

  test('knows who it is; profiles of others come with what they do', async () => {
    const { me } = alice.application;
    expect(me).toMatchObject({ id: expect.stringMatching(/^USR-/), name: 'alice' });
    expect(await alice.application.getUser()).toMatchObject({ id: me.id, name: 'alice' });
    await expect(alice.application.getUser(bob.application.me.id)).rejects.toMatchObject({
      type: 'system:error:permission',
    });
  });

  test('makes a conversation, joins it, and is asked whom else it has', async () => {
    const own = ownNews(alice, 'member:joined');
    const name = `${release} kitchen`;
    const conversation = await alice.application.newConversation({ name, display_name: 'Kitchen' });
    expect(conversation).toMatchObject({ name, display_name: 'Kitchen' });
    const joined = await conversation.join();
    expect(joined).toMatchObject({ id: expect.stringMatching(/^MEM-/) });
    await eventually(() => {
      expect(own).toEqual([['member:joined', joined.id, name]]);
    });
    await vonage.join(conversation.id, 'bob');
    const again = await alice.application.getConversation(conversation.id);
    expect(again.me?.id).toBe(joined.id);
    if (isOld)
      expect([...again.members.values()].map(({ user, state }) => [user.name, state])).toEqual([
        ['alice', 'JOINED'],
        ['bob', 'JOINED'],
      ]);
    else {
      const { items } = await again.getMembers({ order: 'asc', page_size: 10 });
      expect(
        [...items.values()].map(({ user, state, display_name }) => [user.name, state, display_name]),
      ).toEqual([
        ['alice', 'JOINED', 'ALICE'],
        ['bob', 'JOINED', 'BOB'],
      ]);
      expect(await again.getMember(joined.id)).toMatchObject({ id: joined.id, user: { name: 'alice' } });
    }
    await expect(alice.application.newConversation({ name })).rejects.toMatchObject({
      type: 'conversation:error:duplicate-name',
    });
  });

  test('lists its conversations page by page, there and back', async () => {
    const own = await Promise.all([1, 2, 3].map(() => vonage.room('carol')));
    const first = await carol.application.getConversations({ page_size: 2, order: 'desc' });
    const second = await first.getNext();
    const ids = (page: typeof first): string[] => [...page.items.values()].map(({ id }) => id);
    expect([first.hasPrev(), first.hasNext(), second.hasPrev(), second.hasNext()]).toEqual([
      ...[false, true, true, false],
    ]);
    expect([...ids(first), ...ids(second)].sort()).toEqual(own.map(({ id }) => id).sort());
    expect(ids(await second.getPrev())).toEqual(ids(first));
  });

  test('invites somebody, who hears it, comes, and is heard to come', async () => {
    const room = await vonage.room('alice', 'bob');
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(room.id)),
    );
    const [byAlice, byBob] = [ofAlice!, ofBob!].map((one) =>
      NexmoClient.hear(one, 'member:invited', 'member:joined', 'member:left'),
    );
    const invitation = new Promise<NexmoEvent>((resolve) => {
      carol.application.on('member:invited', (_member, event: NexmoEvent) => {
        if (event.cid === room.id) resolve(event);
      });
    });
    const invited = await ofAlice!.invite({ user_name: 'carol' });
    expect(await invitation).toMatchObject({
      body: { invited_by: alice.application.me.id, user: { name: 'carol' } },
    });
    const ofCarol = await carol.application.getConversation(room.id);
    expect(ofCarol.me?.id).toBe(invited.id);
    const joined = await ofCarol.join();
    expect(joined.id).toBe(invited.id);
    for (const events of [byAlice!, byBob!])
      await eventually(() => {
        // How bob has come may still have been on its way.
        expect(whom(events).filter(([, name]) => name === 'carol')).toEqual([
          ['member:invited', 'carol'],
          ['member:joined', 'carol'],
        ]);
      });
    const byCarol = NexmoClient.hear(ofCarol, 'hello');
    await ofBob!.sendCustomEvent({ type: 'hello', body: {} });
    await heard(byCarol, 1);
  });

  test('leaves, which everybody hears, and hears nothing after that', async () => {
    const room = await vonage.room('alice', 'bob');
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(room.id)),
    );
    const names = ['member:left', 'later'];
    const [byAlice, byBob] = [ofAlice!, ofBob!].map((one) => NexmoClient.hear(one, ...names));
    await ofBob!.leave({ reason_code: '42', reason_text: 'bored' });
    await ofAlice!.sendCustomEvent({ type: 'later', body: {} });
    expect((await heard(byAlice!, 2)).map(({ name }) => name)).toEqual(names);
    expect(whom(await heard(byBob!, 1))).toEqual([['member:left', 'bob']]);
    const marker = await vonage.room('bob');
    const byMarker = NexmoClient.hear(await bob.application.getConversation(marker.id), 'marker');
    await (await bob.application.getConversation(marker.id)).sendCustomEvent({ type: 'marker', body: {} });
    await heard(byMarker, 1);
    expect(byBob).toHaveLength(1);
    await expect(ofBob!.sendText('still there?')).rejects.toMatchObject({
      type: 'event:error:not-joined',
    });
  });

  test('is put out, hears that, and says nothing there any more', async () => {
    const room = await vonage.room('alice', 'bob');
    const [ofAlice, ofBob] = await Promise.all(
      [alice, bob].map(({ application }) => application.getConversation(room.id)),
    );
    const [byAlice, byBob] = [ofAlice!, ofBob!].map((one) => NexmoClient.hear(one, 'member:left'));
    const theirs = isOld
      ? ofAlice!.members.get(room.members['bob']!)!
      : await ofAlice!.getMember(room.members['bob']!);
    await theirs.kick({ reason_code: '1', reason_text: 'noise' });
    for (const events of [byAlice!, byBob!])
      expect(whom(await heard(events, 1))).toEqual([['member:left', 'bob']]);
    await expect(ofBob!.sendCustomEvent({ type: 'still', body: {} })).rejects.toMatchObject({
      type: 'event:error:not-joined',
    });
  });

  test('deletes a conversation, which is gone for the others as well', async () => {
    const conversation = await alice.application.newConversationAndJoin({ display_name: 'Short' });
    const { id } = conversation;
    const came = new Promise((resolve) => {
      bob.application.on('member:joined', (_member, { cid }: NexmoEvent) => {
        if (cid === id) resolve(cid);
      });
    });
    await vonage.join(id, 'bob');
    await came;
    // Packages ask for a conversation by themselves when somebody has come, and leave it to nobody when it is gone by then.
    for (const client of [alice, bob]) await client.idle();
    await conversation.del();
    // As little as when they hear that it was deleted after they were answered.
    alice.close();
    await expect(bob.application.getConversation(id)).rejects.toMatchObject({
      type: 'conversation:error:not-found',
    });
  });
});
