import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifySignature } from '@vonage/jwt';
import { decodeJwt } from 'jose';
import { createHash } from 'node:crypto';
import { eventually } from '../harness/eventually.js';
import {
  deliveriesOf,
  rotateWebhookSecret,
  registerWebhook,
  testWebhook,
} from '../harness/managed-webhooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer, type SignedCall, type SignedServer } from '../harness/signed-server.js';
import { expectDescribed } from '../harness/webhook-bodies.js';
import { VonageApplication, type Room } from './vonage-application.js';

/** A body, as the vendor's receivers know it. */
interface Said {
  readonly type: string;
  readonly id?: number;
  readonly conversation_id: string;
  readonly body: Record<string, unknown>;
  readonly from?: string;
  readonly [name: string]: unknown;
}

let world: SharedWorld;
let vonage: VonageApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const userId = expect.stringMatching(/^USR-[0-9a-f-]{36}$/);

/** @param types of events, as the vendor names them; none: all */
async function receiver(
  types: readonly string[] = [],
  behaviour: () => unknown = () => ({}),
): Promise<SignedServer<Said>> {
  const server = await world.signedServer<Said>(behaviour);
  const format = { kind: 'vonage' as const, types: [...types] };
  server.registered(await registerWebhook(vonage.application, { url: server.url, format }));
  return server;
}

const types = ({ bodies }: SignedServer<Said>): string[] => bodies.map(({ type }) => type);

/** What came of a conversation, when it is so much. */
function told(server: SignedServer<Said>, count: number): Promise<Said[]> {
  return eventually(() => {
    const said = server.bodies;
    if (said.length < count) throw new Error(JSON.stringify(said.map(({ type }) => type)));
    return said;
  });
}

function send(room: Room, name: string, type: string, body: object): Promise<{ id: number }> {
  return vonage.ask('POST', `/v1/conversations/${room.id}/events`, {
    as: vonage.token(name),
    body: { type, from: room.members[name], body },
  });
}

/** Who is behind a member. */
const embedded = (room: Room, name: string): object => ({
  from_user: { id: userId, name, display_name: name.toUpperCase() },
  from_member: { id: room.members[name] },
});

describe('an RTC webhook', () => {
  test('gets what happens in the form of the vendor: joining, a custom event, text, message, image, receipt, deletion', async () => {
    const server = await receiver();
    const room = await vonage.room('alice', 'bob');
    await send(room, 'alice', 'custom:my_custom_event', { your: 'data' });
    await send(room, 'alice', 'text', { text: 'Holy **!' });
    await send(room, 'bob', 'message', { message_type: 'text', text: 'yo' });
    // A server's images may be anywhere.
    const representations = { original: { url: 'https://pictures.example/1.png', id: '1' } };
    const image = { type: 'image', from: room.members['bob'], body: { representations } };
    await vonage.ask('POST', `/v1/conversations/${room.id}/events`, { body: image });
    await send(room, 'bob', 'text:seen', { event_id: 4 });
    await send(room, 'bob', 'text:delivered', { event_id: 4 });
    await vonage.call('DELETE', `/v1/conversations/${room.id}/events/4?from=${room.members['alice']!}`, {
      as: vonage.token('alice'),
    });
    await vonage.call('PUT', `/v1/conversations/${room.id}`, { body: { display_name: 'Cellar' } });
    const said = (await told(server, 11)).filter(({ type }) => type !== 'conversation:created');
    const common = { conversation_id: room.id, application_id: vonage.application.id, timestamp: iso };
    const of = (name: string) => ({ ...common, from: room.members[name], _embedded: embedded(room, name) });
    const name = expect.stringMatching(/^NAM-/);
    expect(said).toEqual([
      {
        ...of('alice'),
        ...{ type: 'member:joined', id: 1 },
        body: expect.objectContaining({
          cname: name,
          conversation: { conversation_id: room.id, name },
          user: expect.objectContaining({ id: userId, name: 'alice', display_name: 'ALICE' }),
          member_id: room.members['alice'],
          channel: { type: 'app' },
          timestamp: { joined: iso },
          initiator: { joined: { is_system: true, isSystem: true } },
        }),
      },
      expect.objectContaining({ ...of('bob'), type: 'member:joined', id: 2 }),
      { ...of('alice'), type: 'custom:my_custom_event', id: 3, body: { your: 'data' } },
      { ...of('alice'), type: 'text', id: 4, body: { text: 'Holy **!' } },
      { ...of('bob'), type: 'message', id: 5, body: { message_type: 'text', text: 'yo' } },
      { ...of('bob'), type: 'image', id: 6, body: { representations } },
      { ...of('bob'), type: 'text:seen', id: 7, body: { event_id: 4 } },
      { ...of('bob'), type: 'text:delivered', id: 8, body: { event_id: 4 } },
      { ...of('alice'), type: 'event:delete', id: 9, body: { event_id: 4 } },
      { ...common, type: 'conversation:updated', id: 10, body: { display_name: 'Cellar' }, _embedded: {} },
    ]);
    for (const { text } of server.received) expectDescribed(text);
    expect(server.forged).toBe(0);
  });

  test('gets the body of a custom event as the text that came in', async () => {
    const server = await receiver(['custom:*']);
    const room = await vonage.room('alice');
    const body = '{"2":"b","1":9007199254740993,"e":1.0e2,"name":"J\\u00fcrgen"}';
    await vonage.ask('POST', `/v1/conversations/${room.id}/events`, {
      as: vonage.token('alice'),
      raw: `{"type":"custom:exact","from":"${room.members['alice']!}","body":${body}}`,
      headers: { 'content-type': 'application/json' },
    });
    await told(server, 1);
    expect(server.received[0]!.text).toContain(`"body":${body}`);
    expect(types(server)).toEqual(['custom:exact']);
  });

  test('gets one delivery for each of several members, with ids of their own, and asks for types by their names', async () => {
    const all = await receiver();
    const some = await receiver(['member:*', 'text']);
    const room = await vonage.room('alice');
    await vonage.users('carol', 'dave');
    await vonage.application.add({ id: room.id }, ...['carol', 'dave'].map((id) => ({ id }) as never));
    await vonage.ask('POST', `/v1/conversations/${room.id}/members`, {
      as: vonage.token('alice'),
      body: { state: 'invited', user: { name: 'bob' }, channel: { type: 'app' } },
    });
    await send(room, 'alice', 'custom:quiet', {});
    await send(room, 'alice', 'text', { text: 'bye' });
    await vonage.call('PATCH', `/v1/conversations/${room.id}/members/${room.members['alice']!}`, {
      as: vonage.token('alice'),
      body: { state: 'left' },
    });
    const said = await told(some, 6);
    expect(
      said.map(({ type, id, body }) => [type, id, (body['user'] as { name?: string } | undefined)?.name]),
    ).toEqual([
      ['member:joined', 1, 'alice'],
      ['member:joined', 2, 'carol'],
      ['member:joined', 2, 'dave'],
      ['member:invited', 3, 'bob'],
      ['text', 5, undefined],
      ['member:left', 6, 'alice'],
    ]);
    expect(new Set(some.received.map(({ id }) => id)).size).toBe(6);
    expect(said[3]!.body).toMatchObject({ invited_by: userId, initiator: { invited: { is_system: false } } });
    await eventually(() => {
      expect(types(all)).toContain('custom:quiet');
    });
    // The same one has the same id, whoever gets it.
    const ids = ({ received }: SignedServer<Said>) => new Map(received.map(({ id, text }) => [text, id]));
    for (const [text, id] of ids(some)) expect(ids(all).get(text)).toBe(id);
  });

  test('is of its application alone, and of what is stored: never what hooks drop or rewrite', async () => {
    const other = await VonageApplication.of(world);
    const foreign = await other.application.webhook(() => ({}), { format: { kind: 'vonage' } });
    const server = await receiver(['custom:*']);
    await vonage.application.hook(({ body: { event } }) => {
      const said = event.content.type === 'json' ? event.content.json : null;
      const { secret, bad, card } = said as { secret?: true; bad?: true; card?: string };
      if (secret === true) return { action: 'drop' };
      if (bad === true) return { action: 'reject', code: 1, detail: 'No' };
      return card === undefined ? {} : { content: { type: 'json', json: { card: '****' } } };
    });
    const room = await vonage.room('alice', 'bob');
    const post = (body: object) =>
      vonage.call('POST', `/v1/conversations/${room.id}/events`, {
        as: vonage.token('alice'),
        body: { type: 'custom:pay', from: room.members['alice'], body },
      });
    await post({ secret: true });
    expect((await post({ bad: true })).status).toBeGreaterThanOrEqual(400);
    await post({ card: '4111111111111111' });
    await post({ last: true });
    expect((await told(server, 2)).map(({ body }) => body)).toEqual([{ card: '****' }, { last: true }]);
    expect(server.received.map(({ text }) => text).join()).not.toContain('4111');
    expect(foreign.received).toEqual([]);
  });
});

describe('what is in no timeline', () => {
  test('comes without an id: a conversation that is created and deleted, typing, and what is ephemeral, as hooks let it through', async () => {
    const server = await receiver(['conversation:*', 'text:typing:*', 'ephemeral', 'text']);
    const native = await vonage.application.webhook();
    await vonage.application.hook(({ body: { event } }) => {
      const said = event.content.type === 'json' ? (event.content.json as { secret?: string }) : {};
      return said.secret === undefined ? {} : { content: { type: 'json', json: { secret: '***' } } };
    });
    const room = await vonage.room('alice');
    await eventually(() => {
      expect(types(server)).toEqual(['conversation:created']);
    });
    const say = (type: string, body: object) =>
      vonage.ask('POST', `/v1/conversations/${room.id}/events`, {
        as: vonage.token('alice'),
        body: { type, from: room.members['alice'], body },
      });
    await say('text:typing:on', { activity: 1 });
    await told(server, 2);
    await say('ephemeral', { secret: 'wine' });
    await told(server, 3);
    await vonage.ask('DELETE', `/v1/conversations/${room.id}`);
    const said = await told(server, 4);
    const common = { conversation_id: room.id, application_id: vonage.application.id, timestamp: iso };
    const of = { ...common, from: room.members['alice'], _embedded: embedded(room, 'alice') };
    const name = expect.stringMatching(/^NAM-/);
    expect(said).toEqual([
      {
        ...{ ...common, type: 'conversation:created', _embedded: {} },
        body: { id: room.id, name, timestamp: { created: iso }, state: 'ACTIVE' },
      },
      { ...of, type: 'text:typing:on', body: { activity: 1 } },
      { ...of, type: 'ephemeral', body: { secret: '***' } },
      { ...common, type: 'conversation:deleted', body: {}, _embedded: {} },
    ]);
    for (const { text } of server.received) expectDescribed(text);
    expect(new Set(server.received.map(({ id }) => id)).size).toBe(4);
    // Webhooks of the other formats get what is stored.
    expect(native.bodies.map(({ type }) => type)).toEqual(['member.joined']);
  });
});

describe('its signature', () => {
  const tokenOf = ({ headers }: SignedCall<Said>): string =>
    /^Bearer (.+)$/.exec(headers.authorization ?? '')![1]!;

  test("is verified by the vendor's package and by the digest of the body, and follows a rotation", async () => {
    const server = await world.signedServer<Said>(() => ({}));
    const registered = await registerWebhook(vonage.application, {
      url: server.url,
      format: { kind: 'vonage', types: ['text'] },
    });
    server.registered(registered);
    const room = await vonage.room('alice');
    await send(room, 'alice', 'text', { text: 'one' });
    await told(server, 1);
    const [first] = server.received;
    expect(verifySignature(tokenOf(first!), registered.secret)).toBe(true);
    expect(verifySignature(tokenOf(first!), `${registered.secret}x`)).toBe(false);
    const digest = createHash('sha256').update(first!.text).digest('hex');
    expect(decodeJwt(tokenOf(first!))).toEqual({
      ...{ iss: 'Vonage', payload_hash: digest, iat: Number(first!.timestamp) },
      ...{ jti: expect.any(String), api_key: vonage.application.id, application_id: vonage.application.id },
    });
    const changed = createHash('sha256').update(first!.text.replace('one', 'two')).digest('hex');
    expect(decodeJwt(tokenOf(first!))['payload_hash']).not.toBe(changed);
    const secret = await rotateWebhookSecret(vonage.application, server, 3_600);
    // Standard Webhooks' header has both of them; a token has one signature, which is the new one's.
    await eventually(async () => {
      await send(room, 'alice', 'text', { text: 'again' });
      const last = server.received.at(-1)!;
      expect(verifySignature(tokenOf(last), secret)).toBe(true);
      expect(last.signatures).toHaveLength(2);
    });
    expect(server.forged).toBe(0);
  });

  test('what is answered 206 has not been taken, and comes again as the same bytes with another token', async () => {
    let calls = 0;
    const server = await receiver(['text'], () => {
      calls += 1;
      return calls === 1 ? new HttpAnswer(206) : new HttpAnswer(205);
    });
    const room = await vonage.room('alice');
    await send(room, 'alice', 'text', { text: 'once more' });
    await eventually(() => {
      expect(server.received).toHaveLength(2);
    });
    const [first, second] = server.received;
    expect(second!.text).toBe(first!.text);
    expect(second!.id).toBe(first!.id);
    expect(decodeJwt(tokenOf(second!)).jti).not.toBe(decodeJwt(tokenOf(first!)).jti);
    await eventually(async () => {
      expect((await deliveriesOf(vonage.application, server, { state: 'pending' })).deliveries).toEqual([]);
    });
  });

  test.each(['webhook.test', 'custom:order', 'message', 'member.joined', 'receipt.read'])(
    'a test of the type %s is signed and described like everything else',
    async (type) => {
      const server = await receiver();
      expect(await testWebhook(vonage.application, server, { type: type as 'message' })).toMatchObject({
        delivered: true,
      });
      const [call] = server.received;
      expectDescribed(call!.text);
      expect(tokenOf(call!)).toMatch(/^ey/);
    },
  );
});
