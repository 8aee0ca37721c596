import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client, type Heard } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { readonly id: string };

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry]);
});

const told = ({ heard }: Client): Heard[] =>
  heard.filter(({ name }) => name === 'ephemeral_event' || name.startsWith('conversation.typing'));

function send(client: Client, name: string, data: unknown = {}) {
  return client.call('ephemeral_event.send', { conversationId: group.id, name, data });
}

/** Whatever was told before has arrived, or never will: this comes over the same way. */
async function settled(clients: readonly Client[]): Promise<void> {
  await application.call(operations.sendEphemeralEvent, {
    parameters: { conversationId: group.id },
    body: { name: 'settled', data: null, senderId: 'tom' },
  });
  for (const client of clients) {
    await eventually(() => {
      expect(told(client).at(-1)).toMatchObject({ payload: { name: 'settled' } });
    });
  }
}

const before = (client: Client): Heard[] => told(client).slice(0, -1);

describe('an ephemeral event', () => {
  test('is heard by members who are connected, anywhere, but for the session that sends it', async () => {
    const sender = await tom.connect();
    const [another, other, stranger] = [
      await tom.connect({ gateway: 1 }),
      await jerry.connect({ gateway: 1 }),
      await spike.connect(),
    ];
    expect(await send(sender, 'cursor', { x: 1 })).toEqual({ ok: true });
    const payload = { conversationId: group.id, senderId: 'tom', name: 'cursor', data: { x: 1 } };
    await settled([sender, another, other]);
    for (const client of [another, other])
      expect(before(client)).toMatchObject([{ name: 'ephemeral_event', payload }]);
    expect(before(sender)).toEqual([]);
    expect(told(stranger)).toEqual([]);
    expect(await jerry.history(group)).toHaveLength(1);
  });

  test('is heard in a room by those who have entered it', async () => {
    group = await application.call(operations.createConversation, { body: { kind: 'room' } });
    const [sender, other, stranger] = [await tom.connect(), await jerry.connect(), await spike.connect()];
    for (const client of [sender, other])
      expect(await client.call('room.enter', { conversationId: group.id })).toMatchObject({ ok: true });
    expect(await send(sender, 'wave')).toEqual({ ok: true });
    await eventually(() => {
      expect(told(other)).toMatchObject([{ payload: { name: 'wave' } }]);
    });
    expect(await send(stranger, 'wave')).toMatchObject({ error: { code: 'not_a_member' } });
    const place = { conversationId: group.id };
    expect(await stranger.call('typing.start', place)).toMatchObject({ error: { code: 'not_a_member' } });
    expect(await sender.call('typing.start', place)).toEqual({ ok: true });
    await eventually(() => {
      expect(told(other).at(-1)).toMatchObject({
        name: 'conversation.typing_on',
        payload: { userId: 'tom' },
      });
    });
    // Whoever is put out, or goes, is not heard any more, and hears nothing more.
    await application.call(operations.blockInConversation, { parameters: place, body: { userId: 'tom' } });
    for (const attempt of [send(sender, 'wave'), sender.call('typing.start', place)])
      expect(await attempt).toMatchObject({ error: { code: 'not_a_member' } });
    await eventually(() => {
      expect(sender.heard.at(-1)?.name).toBe('room.left');
    });
    expect(await send(other, 'alone')).toEqual({ ok: true });
    expect(await other.call('room.leave', place)).toEqual({ ok: true });
    expect(await send(other, 'gone')).toMatchObject({ error: { code: 'not_a_member' } });
    for (const client of [sender, stranger]) expect(told(client)).toEqual([]);
  });

  test('is refused to whom the only other member has blocked', async () => {
    const [sender, other] = [await tom.connect(), await jerry.connect()];
    const parameters = { userId: 'jerry', blockedUserId: 'tom' };
    await jerry.call(operations.blockUser, { parameters });
    for (const attempt of [send(sender, 'a'), sender.call('typing.start', { conversationId: group.id })])
      expect(await attempt).toMatchObject({ error: { code: 'sender_blocked' } });
    expect(await send(other, 'b')).toEqual({ ok: true });
    await eventually(() => {
      expect(told(sender)).toMatchObject([{ payload: { name: 'b' } }]);
    });
    expect(told(other)).toEqual([]);
  });

  test('is stored nowhere, and not heard by who connects later', async () => {
    const sender = await tom.connect();
    await send(sender, 'secret_handshake', 'only now');
    expect(await world.database.tablesWith('secret_handshake')).toEqual([]);
    const late = await jerry.connect({ resume: {} });
    await settled([late]);
    expect(before(late)).toEqual([]);
  });

  test('is refused to strangers, to who is silenced, and when it is too large', async () => {
    const sender = await tom.connect();
    const other = await jerry.connect();
    expect(await send(await spike.connect(), 'a')).toMatchObject({ error: { code: 'not_a_member' } });
    expect(await send(sender, 'a', 'x'.repeat(limits.customEventDataBytes - 1))).toMatchObject({
      error: { code: 'custom_event_data_too_large' },
    });
    await world.database.sql(
      `UPDATE conversation.member SET silenced_until = now() + interval '1 day'
       WHERE user_id = 'tom' AND application_id = $1`,
      application.id,
    );
    expect(await send(sender, 'a')).toMatchObject({ error: { code: 'member_silenced' } });
    expect(await sender.call('typing.start', { conversationId: group.id })).toMatchObject({
      error: { code: 'member_silenced' },
    });
    await settled([other]);
    expect(before(other)).toEqual([]);
  });

  test('does not disturb the order of what is stored, and is heard by nobody who has left', async () => {
    const sender = await tom.connect();
    const other = await jerry.connect();
    stored(await sender.send(group, 'one'));
    await send(sender, 'between');
    stored(await sender.send(group, 'two'));
    await eventually(() => {
      expect(other.events(group).map(({ seq }) => seq)).toEqual([2, 3]);
    });
    await application.remove(group, jerry);
    await eventually(() => {
      expect(other.events(group).at(-1)).toMatchObject({ type: 'member.left' });
    });
    const count = told(other).length;
    await send(sender, 'afterwards');
    await settled([sender]);
    expect(told(other)).toHaveLength(count);
  });
});

describe('typing', () => {
  const typing = (client: Client, what: 'start' | 'stop') =>
    client.call(`typing.${what}`, { conversationId: group.id });

  test('is heard when it begins and when it ends', async () => {
    const [sender, other] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    expect(await typing(sender, 'start')).toEqual({ ok: true });
    expect(await typing(sender, 'stop')).toEqual({ ok: true });
    const payload = { conversationId: group.id, userId: 'tom' };
    await eventually(() => {
      expect(told(other)).toEqual([
        { name: 'conversation.typing_on', payload },
        { name: 'conversation.typing_off', payload },
      ]);
    });
    expect(told(sender)).toEqual([]);
  });

  test('ends when the client is gone', async () => {
    const [sender, other] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    await typing(sender, 'start');
    sender.disconnect();
    await eventually(() => {
      expect(told(other).map(({ name }) => name)).toEqual([
        'conversation.typing_on',
        'conversation.typing_off',
      ]);
    });
  });

  test('ends when the client leaves the room, and may be said to end later still', async () => {
    const { id } = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    const room = { conversationId: id };
    const [sender, other] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    for (const client of [sender, other]) await client.call('room.enter', room);
    expect(await sender.call('typing.stop', { conversationId: 'elsewhere' })).toMatchObject({ ok: false });
    await sender.call('typing.start', room);
    await sender.call('room.leave', room);
    expect(await sender.call('typing.stop', room)).toEqual({ ok: true });
    expect(await (await spike.connect()).call('typing.stop', room)).toMatchObject({
      error: { code: 'not_a_member' },
    });
    await settled([other]);
    expect(before(other).map(({ name }) => name)).toEqual([
      'conversation.typing_on',
      'conversation.typing_off',
    ]);
  });
});
