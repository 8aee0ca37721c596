import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';
import { VonageSocket, type SocketPath } from './vonage-socket.js';

let world: SharedWorld;
let vonage: VonageApplication;
let url: string;
let second: string;
const open: VonageSocket[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  [url, second] = world.gateways.map((gateway) => gateway.url) as [string, string];
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});
afterAll(async () => {
  for (const socket of open) socket.close();
  await world.close();
});

function kept(socket: VonageSocket): VonageSocket {
  open.push(socket);
  return socket;
}

async function connect(query: Record<string, string> = {}, path?: SocketPath): Promise<VonageSocket> {
  return kept(await VonageSocket.connect(url, query, path));
}

async function login(
  name: string,
  query: Record<string, string> = {},
  { at = url, path }: { at?: string; path?: SocketPath } = {},
): Promise<VonageSocket> {
  return kept(await VonageSocket.login(at, vonage.token(name), query, path));
}

const say = (as: string, id: string, data: object = {}) =>
  vonage.ask<{ id: number }>('POST', `/beta/conversations/${id}/events`, {
    as: vonage.token(as),
    body: { type: 'custom:said', body: data },
  });

describe.each(['/rtc/', '/v2/rtc/'] as const)('on %s', (path) => {
  test('a login by a packet is answered under its number', async () => {
    const socket = await connect({}, path);
    const { name, payload } = await socket.ask('session:login', { token: vonage.token('alice') });
    expect(name).toBe('session:success');
    const { id } = await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token('alice') });
    expect(payload.body).toEqual({
      ...{ id: expect.any(String), user_id: id, name: 'alice', display_name: 'ALICE' },
      api_key: vonage.application.id,
    });
    expect(await socket.ask('session:login', { token: vonage.token('alice') })).toMatchObject({
      name: 'session:error:invalid',
    });
    expect((await socket.ask('session:logout', {})).name).toBe('session:logged-out');
    expect((await socket.ask('session:login', { token: vonage.token('bob') })).payload.body).toMatchObject({
      name: 'bob',
    });
  });

  test('a login by the URL is answered unasked, and first', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const over = new AbortController();
    const talk = (async () => {
      while (!over.signal.aborted) await say('bob', id);
    })();
    try {
      for (let count = 0; count < 5; count++) {
        const socket = await login('alice', {}, { path });
        const [first] = await socket.hears(2);
        expect(first).toMatchObject({ name: 'session:success', wantsAcknowledgement: false });
        expect(first?.payload).not.toHaveProperty('rid');
      }
    } finally {
      over.abort();
      await talk;
    }
  });
});

describe('a login is refused', () => {
  const refusals: [what: string, token: () => string, name: string][] = [
    ['with no token at all', () => 'none', 'system:error:invalid-token'],
    ['with the token of another key', () => foreignToken, 'system:error:invalid-token'],
    ['with one that has expired', () => vonage.token('alice', { ttl: -60 }), 'system:error:expired-token'],
    ['with a server’s', () => vonage.admin, 'user:error:invalid-user'],
    ['for a user who is not there', () => vonage.token('nobody'), 'user:error:not-found'],
    ['without an acl', () => vonage.sign({ subject: 'alice' }), 'system:error:permission'],
    [
      'with an acl for other things',
      () => vonage.sign({ subject: 'alice', acl: { paths: { '/*/users/**': {} } } }),
      'system:error:permission',
    ],
  ];
  let foreignToken: string;

  beforeAll(async () => {
    const other = await VonageApplication.of(world);
    await other.users('alice');
    // Signed by a key of another application than it names.
    const [header, , signature] = other.token('alice').split('.');
    foreignToken = [header, vonage.token('alice').split('.')[1], signature].join('.');
  });

  test.each(refusals)('%s', async (_what, token, name) => {
    const socket = await connect();
    expect(await socket.ask('session:login', { token: token() })).toMatchObject({
      name,
      payload: { code: name, description: expect.any(String) },
    });
    expect((await socket.ask('session:login', { token: vonage.token('alice') })).name).toBe(
      'session:success',
    );
    const byUrl = await connect({ token: token() });
    expect(await byUrl.ended).toBe('io server disconnect');
    expect(byUrl.told.map((told) => told.name)).toEqual([name]);
  });

  test('when the query is none', async () => {
    const socket = await connect({ token: vonage.token('alice'), session_id: 'no-uuid' });
    await socket.ended;
    expect(socket.told.map(({ name }) => name)).toEqual(['session:error:invalid']);
  });

  test('when somebody else’s session is to go on', async () => {
    const { sessionId } = await login('alice');
    const madeUp = '6d4b6f62-5a0b-4b7e-9e52-6f2d2b6a8a10';
    for (const [name, id] of [
      ['bob', sessionId],
      ['alice', madeUp],
    ] as const) {
      const socket = await connect({ token: vonage.token(name), session_id: id });
      expect(await socket.ended).toBe('io server disconnect');
      expect(socket.told.map((told) => told.name)).toEqual(['session:error:invalid']);
    }
  });

  test('by silence: who does not log in is cut off', async () => {
    const [mute, refused, loggedOut] = [await connect(), await connect(), await login('alice')];
    await refused.ask('session:login', { token: 'none' });
    await loggedOut.ask('session:logout', {});
    expect(await Promise.all([mute, refused, loggedOut].map(({ ended }) => ended))).toEqual(
      Array.from({ length: 3 }, () => 'io server disconnect'),
    );
  }, 60_000);
});

describe('a session', () => {
  test('goes on under its id at another gateway, with what was missed and how it is acknowledged', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const first = await login('alice', { acknowledge_events: 'true' });
    const plain = await login('alice');
    await say('bob', id, { step: 1 });
    expect((await first.hearsNamed('custom:said')).map(({ id: seq }) => seq)).toEqual([3]);
    await plain.hearsNamed('custom:said');
    expect([first, plain].map((socket) => socket.pushed(id)[0]!.wantsAcknowledgement)).toEqual([true, false]);
    first.vanish();
    await say('bob', id, { step: 2 });
    const again = await login('alice', { session_id: first.sessionId }, { at: second });
    expect(again.sessionId).toBe(first.sessionId);
    await eventually(() => {
      expect(
        again.pushed(id).map(({ payload, wantsAcknowledgement }) => [payload.id, wantsAcknowledgement]),
      ).toEqual([
        [3, true],
        [4, true],
      ]);
    });
    expect(again.told[0]?.name).toBe('session:success');
  });

  test('that comes again ends its former connection, which is told', async () => {
    const first = await login('alice');
    const again = await login('alice', { session_id: first.sessionId }, { at: second });
    expect(await first.ended).toBe('io server disconnect');
    expect(first.told.at(-1)?.name).toBe('session:replaced');
    expect(again.isConnected).toBe(true);
  });

  test('hears nothing again that was said before it began', async () => {
    const { id } = await vonage.room('alice', 'bob');
    await say('bob', id, { step: 1 });
    const first = await login('alice');
    first.vanish();
    await say('bob', id, { step: 2 });
    const again = await login('alice', { session_id: first.sessionId });
    await again.hearsNamed('custom:said');
    expect(again.pushed(id).map(({ payload }) => payload.body)).toEqual([{ step: 2 }]);
  });

  test('is told that it was put out while its line was broken', async () => {
    const { id, members } = await vonage.room('alice', 'bob');
    const first = await login('alice');
    await say('bob', id);
    await first.hearsNamed('custom:said');
    first.vanish();
    await vonage.ask('DELETE', `/v0.3/conversations/${id}/members/${members['alice']!}`);
    await say('bob', id, { after: true });
    const again = await login('alice', { session_id: first.sessionId });
    await again.hearsNamed('member:left');
    expect(again.pushed(id).map(({ name }) => name)).toEqual(['custom:said', 'member:left']);
  });

  test('goes on under a newer token, shown by its socket or by REST at another gateway', async () => {
    const [bySocket, byRest, forgotten] = await Promise.all(
      [1, 2, 3].map(async () => kept(await VonageSocket.login(url, vonage.token('alice', { ttl: 5 })))),
    );
    const { name } = await bySocket!.ask('session:update-token', { token: vonage.token('alice') });
    expect(name).toBe('session:update-token:success');
    expect(await bySocket!.ask('session:update-token', { token: vonage.token('bob') })).toMatchObject({
      name: 'system:error:permission',
    });
    // As the commercial package says it: with a body that is a text.
    const answer = await vonage.ask('PUT', `/v0.2/sessions/${byRest!.sessionId}`, {
      ...{ as: vonage.token('alice'), raw: '""', gateway: 1 },
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toEqual({ session_id: byRest!.sessionId });
    expect(
      await vonage.refusal('PUT', `/v0.2/sessions/${byRest!.sessionId}`, { as: vonage.token('bob') }),
    ).toEqual([404, 'session:error:not-found']);
    expect(await forgotten!.ended).toBe('io server disconnect');
    expect(forgotten!.told.at(-1)).toMatchObject({
      name: 'system:error:expired-token',
      payload: { description: expect.any(String) },
    });
    // Theirs had the same time: whoever ends what has expired has looked at them, too.
    expect([bySocket!.isConnected, byRest!.isConnected]).toEqual([true, true]);
    expect(bySocket!.named('system:error:expired-token')).toEqual([]);
  });

  test('ends with its token, and by its owner’s word', async () => {
    const { application } = vonage;
    await vonage.users('carol', 'dave', 'erin');
    const [carol, dave, erin] = await Promise.all(['carol', 'dave', 'erin'].map((name) => login(name)));
    await application.call(operations.revokeTokens, { parameters: { userId: 'carol' } });
    await application.call(operations.endSessions, { query: { userId: 'dave', reason: 'enough' } });
    await application.call(operations.deleteUser, { parameters: { userId: 'erin' } });
    const ends = await Promise.all(
      [carol!, dave!, erin!].map(async (socket) => [await socket.ended, socket.told.at(-1)]),
    );
    expect(ends).toEqual([
      ['io server disconnect', expect.objectContaining({ name: 'system:error:invalid-token' })],
      [
        'io server disconnect',
        expect.objectContaining({
          name: 'session:terminated',
          payload: expect.objectContaining({ description: 'enough' }),
        }),
      ],
      [
        'io server disconnect',
        expect.objectContaining({ name: expect.stringMatching(/^(system:error|session):/) }),
      ],
    ]);
  });

  test('is over by a logout, and nothing of it is left', async () => {
    await vonage.users('frank');
    const socket = await login('frank');
    const { id } = await vonage.room('alice', 'frank');
    const frank = await vonage.application.known('frank');
    expect(await vonage.application.sessions(frank)).toMatchObject([
      { tag: socket.sessionId, dialect: 'vonage' },
    ]);
    await socket.ask('session:logout', {});
    expect(await vonage.application.sessions(frank)).toEqual([]);
    await say('alice', id);
    const other = await login('frank');
    await say('alice', id);
    await other.hearsNamed('custom:said');
    expect(socket.named('custom:said')).toEqual([]);
  });
});
