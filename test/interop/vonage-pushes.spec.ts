import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';
import { VonageSocket } from './vonage-socket.js';

let world: SharedWorld;
let vonage: VonageApplication;
let room: Room;
/** Of alice, at the first gateway; and of bob, at the second. */
let alice: VonageSocket;
let bob: VonageSocket;
/** Bob, natively. */
let native: TestUser;
const open: VonageSocket[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'carol', 'dave');
  native = await vonage.application.known('bob');
  room = await vonage.room('alice', 'bob');
  [alice, bob] = await Promise.all([login('alice'), login('bob', 1)]);
});

async function login(name: string, gateway = 0): Promise<VonageSocket> {
  const socket = await VonageSocket.login(world.gateways[gateway]!.url, vonage.token(name));
  open.push(socket);
  return socket;
}

interface Sent {
  readonly id: number;
}

function post(as: string, type: string, body: unknown, gateway = 0, { id } = room): Promise<Sent> {
  const said = { as: vonage.token(as), gateway, body: { type, body } };
  return vonage.ask<Sent>('POST', `/beta/conversations/${id}/events`, said);
}

const numbers = (count: number, first = 1): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** What both have been pushed of the room, when the last of it is of this name. */
async function untilBothHear(name: string): Promise<readonly (readonly [string, number | undefined])[]> {
  for (const socket of [alice, bob]) await socket.hearsNamed(name);
  const [one, other] = [alice, bob].map((socket) =>
    socket.pushed(room.id).map((told) => [told.name, told.payload.id] as const),
  );
  expect(one).toEqual(other);
  return one!;
}

describe('pushes of a conversation', () => {
  test('are numbered without a hole, with receipts and comings and goings', async () => {
    const { id } = await post('alice', 'text', { text: 'hi' });
    await post('bob', 'text:delivered', { event_id: id });
    await post('bob', 'text:seen', { event_id: id });
    await vonage.application.call(operations.addMembers, {
      parameters: { conversationId: room.id },
      body: { members: ['carol', 'dave'].map((userId) => ({ userId })) },
    });
    await post('alice', 'custom:end', {});
    expect(await untilBothHear('custom:end')).toEqual([
      ['text', 3],
      ['text:delivered', 4],
      ['text:seen', 5],
      ['member:joined', 6],
      // A client takes a second one of the same number for a repetition.
      ['member:joined', undefined],
      ['custom:end', 7],
    ]);
  });

  test('come in the order of their numbers at both gateways, however many say something at once', async () => {
    const each = 20;
    await Promise.all(
      ['alice', 'bob', 'alice', 'bob'].map(async (name, lane) => {
        for (const step of numbers(each)) await post(name, 'custom:step', { lane, step }, lane % 2);
      }),
    );
    for (const socket of [alice, bob]) {
      await socket.hearsNamed('custom:step', 4 * each);
      const pushed = socket.pushed(room.id).map(({ payload }) => payload);
      expect(pushed.map(({ id }) => id)).toEqual(numbers(4 * each, 3));
      for (const lane of [0, 1, 2, 3]) {
        const own = pushed.filter(({ body }) => body['lane'] === lane);
        expect(own.map(({ body }) => body['step'])).toEqual(numbers(each));
      }
    }
  });

  test('say what the packages need of an event', async () => {
    await post('alice', 'custom:my_custom_event', { your: 'data' });
    const [pushed] = await bob.hearsNamed('custom:my_custom_event');
    const people = await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token('alice') });
    expect(pushed).toEqual({
      ...{ id: 3, cid: room.id, from: room.members['alice'], body: { your: 'data' } },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      application_id: vonage.application.id,
      _embedded: {
        from_user: { id: people.id, name: 'alice', display_name: 'ALICE' },
        from_member: { id: room.members['alice'] },
      },
    });
  });

  test('have the text of custom data as it came, whatever a parser would make of it', async () => {
    const text = '{"b":12345678901234567890,"1":1e2,"a":"\\u00e9 é 🎈","0":{"z":[1.0,-0.0]}}';
    await vonage.ask('POST', `/beta/conversations/${room.id}/events`, {
      as: vonage.token('alice'),
      raw: `{ "type": "custom:exact", "body": ${text.replaceAll(':', ' : ')} }`,
      headers: { 'content-type': 'application/json' },
    });
    for (const socket of [alice, bob]) {
      await socket.hearsNamed('custom:exact');
      expect(socket.raw.find((packet) => packet.includes('custom:exact'))).toContain(`"body":${text},`);
    }
  });

  test('are of what a hook has let through, in the form that it gave it', async () => {
    await vonage.application.hook(({ body: { event } }) => {
      const text = event.content.type === 'text' ? event.content.text : '';
      if (text.includes('spam')) return { action: 'drop' };
      if (text.includes('rude')) return { action: 'reject', code: 7, detail: 'mind your words' };
      return { content: { type: 'text', text: text.replace('crap', '**') } };
    });
    const where = `/beta/conversations/${room.id}/events`;
    const refused = (text: string) =>
      vonage.refusal('POST', where, { as: vonage.token('alice'), body: { type: 'text', body: { text } } });
    expect(await refused('spam')).toEqual([403, 'event:error:rejected']);
    expect(await refused('rude')).toEqual([403, 'event:error:rejected']);
    await post('alice', 'text', { text: 'Holy crap!' });
    for (const socket of [alice, bob]) {
      await socket.hearsNamed('text');
      expect(socket.pushed(room.id).map(({ payload }) => [payload.id, payload.body])).toEqual([
        [3, { text: 'Holy **!' }],
      ]);
      expect(socket.raw.join()).not.toMatch(/spam|rude|crap/);
    }
  });

  test('go to its members alone, whatever others have going on', async () => {
    const other = await VonageApplication.of(world);
    await other.users('alice');
    const stranger = await VonageSocket.login(world.gateways[0]!.url, other.token('alice'));
    const carol = await login('carol');
    open.push(stranger);
    const carols = await vonage.room('carol');
    await carol.hearsNamed('member:joined');
    await post('bob', 'text:typing:on', {});
    await post('bob', 'custom:all', {});
    await post('carol', 'custom:mine', {}, 0, carols);
    await alice.hearsNamed('custom:all');
    await bob.hearsNamed('custom:all');
    await carol.hearsNamed('custom:mine');
    expect(alice.pushed(room.id).map(({ name, payload }) => [name, payload.id])).toEqual([
      ['text:typing:on', undefined],
      ['custom:all', 3],
    ]);
    expect(carol.pushed(room.id)).toEqual([]);
    expect(stranger.told.map(({ name }) => name)).toEqual(['session:success']);
  });

  test('tell of what is done natively', async () => {
    const conversationId = room.id;
    const sent = (await native.send(room, 'helo')).body as { eventId: string };
    await native.update(room, sent.eventId, 'hello');
    await native.recall(room, sent.eventId);
    await native.sendCustom(room, 'list', [1, 2]);
    await native.call(operations.updateConversation, {
      parameters: { conversationId },
      body: { name: 'Larder' },
    });
    await alice.hearsNamed('conversation:updated');
    expect(alice.pushed(room.id).map(({ name, payload }) => [name, payload.body])).toEqual([
      ['text', { text: 'helo' }],
      ['text:update', { text: 'hello', original_event_id: 3 }],
      ['event:delete', { event_id: 3 }],
      ['custom:list', { value: [1, 2] }],
      ['conversation:updated', { display_name: 'Larder' }],
    ]);
    await vonage.application.call(operations.deleteConversation, { parameters: { conversationId } });
    for (const socket of [alice, bob])
      expect(await socket.hearsNamed('conversation:deleted')).toMatchObject([{ cid: room.id, body: {} }]);
  });

  test('tell whoever is invited, as the commercial package needs it', async () => {
    const carol = await login('carol', 1);
    await vonage.ask('POST', `/v0.3/conversations/${room.id}/members`, {
      as: vonage.token('alice'),
      body: { state: 'invited', user: { name: 'carol' }, channel: { type: 'app' } },
    });
    const [invitation] = await carol.hearsNamed('member:invited');
    expect(invitation).toMatchObject({
      ...{ id: 3, cid: room.id, timestamp: expect.any(String) },
      body: {
        conversation: { conversation_id: room.id, name: expect.stringMatching(/^NAM-/) },
        user: { name: 'carol', user_id: expect.stringMatching(/^USR-/) },
        member_id: expect.stringMatching(/^MEM-/),
        channel: { type: 'app' },
        media: { audio_settings: { enabled: false } },
        timestamp: { invited: expect.any(String) },
        invited_by: expect.stringMatching(/^USR-/),
      },
    });
    await post('bob', 'custom:hidden', {});
    await alice.hearsNamed('custom:hidden');
    expect(carol.named('custom:hidden')).toEqual([]);
  });
});

describe('a socket', () => {
  test('posts receipts and typing, as the old iOS package does', async () => {
    const { id } = await post('alice', 'text', { text: 'hi' });
    const from = room.members['bob'];
    bob.emit('text:delivered', { cid: room.id, from, body: { event_id: id } });
    await alice.hearsNamed('text:delivered');
    bob.emit('text:seen', { cid: room.id, from, body: { event_id: id } });
    await alice.hearsNamed('text:seen');
    bob.emit('text:typing:on', { cid: room.id, from, body: {} });
    await alice.hearsNamed('text:typing:on');
    bob.emit('text:typing:off', { cid: room.id, from, body: {} });
    await alice.hearsNamed('text:typing:off');
    expect(alice.pushed(room.id).map(({ name, payload }) => [name, payload.id, payload.from])).toEqual([
      ['text', 3, room.members['alice']],
      ['text:delivered', 4, from],
      ['text:seen', 5, from],
      ['text:typing:on', undefined, from],
      ['text:typing:off', undefined, from],
    ]);
    bob.emit('text:seen', { cid: room.id, from: room.members['alice'], body: { event_id: id } });
    await bob.hearsNamed('event:error:permission-denied');
    bob.emit('text:seen', 'nonsense');
    await bob.hearsNamed('http:error:validation-fail');
    expect(bob.isConnected).toBe(true);
  });

  test('that says too much at once is cut off', async () => {
    bob.emit('text:seen', { cid: 'x'.repeat(limits.socketPacketBytes) });
    expect(await bob.ended).toMatch(/^transport/);
    expect(alice.isConnected).toBe(true);
  });

  test('that asks too often is told', async () => {
    for (let count = 0; count < 4_000; count++) bob.emit('text:seen', 'nonsense');
    await eventually(() => {
      expect(bob.named('http:error:too-many-requests')).not.toEqual([]);
    });
    expect(bob.named('http:error:validation-fail').length).toBeLessThan(4_000);
  });
});
