import { createHmac, createPublicKey, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rest } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';
import { everyPath, VonageApplication, type Room } from './vonage-application.js';
import { isLegacy, versions } from './vonage-shapes.js';

/* Who is not let in to Vonage's REST API, and what is not served there. */

let world: SharedWorld;
let vonage: VonageApplication;
let room: Room;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob', 'eve');
  room = await vonage.room('alice', 'bob');
});
afterAll(() => world.close());

const now = () => Math.floor(Date.now() / 1_000);
const claimsOf = (rest: object = {}) => ({
  application_id: vonage.application.id,
  iat: now(),
  jti: randomUUID(),
  exp: now() + 900,
  sub: 'alice',
  acl: everyPath,
  ...rest,
});

/** Written by hand: the vendor's package makes no wrong ones. */
function token(
  claims: object,
  { alg = 'RS256', key = vonage.privateKey }: { alg?: string; key?: string } = {},
): string {
  const encoded = [{ alg, typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signed = encoded.join('.');
  const signature = {
    RS256: () => createSign('RSA-SHA256').update(signed).sign(key, 'base64url'),
    HS256: () => createHmac('sha256', key).update(signed).digest('base64url'),
    none: () => '',
  }[alg]!();
  return `${signed}.${signature}`;
}

interface Refused {
  readonly code: string;
  readonly description: string;
  readonly detail?: string;
}

/** In the shape of the version. */
function expectRefusal(version: (typeof versions)[number], body: unknown, code: string): void {
  const { description, ...error } = body as Refused;
  expect(description).toMatch(/./);
  if (isLegacy(version)) expect(Object.keys(error).filter((name) => name !== 'error')).toEqual(['code']);
  else {
    expect(error).toMatchObject({
      type: `https://developer.nexmo.com/api/conversation#${code}`,
      title: expect.stringMatching(/\.$/) as unknown,
      detail: description,
      instance: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
  }
  expect(error.code).toBe(code);
}

describe('tokens', () => {
  const ask = (authorization?: string) =>
    world.rest({ method: 'GET', path: `/v1/conversations/${room.id}`, authorization });

  test('that are taken', async () => {
    const { exp, ...unlimited } = claimsOf();
    for (const claims of [
      claimsOf(),
      claimsOf({ subject: 'alice', unknown: {} }),
      // As the vendor's documents show it.
      claimsOf({ exp: String(exp), iat: String(now()) }),
      claimsOf({ exp: now() + 24 * 60 * 60 - 60, nbf: now() - 10 }),
      // RFC 7519 allows fractions, and some packages write microseconds.
      claimsOf({ iat: now() - 0.5, exp: now() + 600.123456 }),
      claimsOf({ sub: undefined, acl: undefined }),
      unlimited,
    ])
      for (const scheme of ['Bearer', 'bearer', 'BEARER'])
        expect([claims, (await ask(`${scheme} ${token(claims)}`)).status]).toEqual([claims, 200]);
  });

  test.each(versions)('that are none are 401 in the shape of %s', async (version) => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = (key: typeof other.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const publicKey = createPublicKey(vonage.privateKey).export({ type: 'spki', format: 'pem' }).toString();
    const expired = token(claimsOf({ iat: now() - 2_000, exp: now() - 1_000 }));
    const { jti, ...anonymous } = claimsOf();
    const cases: [string | undefined, string][] = [
      [undefined, 'invalid-token'],
      ['Bearer', 'invalid-token'],
      ['Bearer x', 'invalid-token'],
      [`Basic ${token(claimsOf())}`, 'invalid-token'],
      [vonage.application.authorization, 'invalid-token'],
      [`Bearer ${expired}`, 'expired-token'],
      [`Bearer ${token(claimsOf(), { alg: 'HS256', key: publicKey })}`, 'invalid-token'],
      [`Bearer ${token(claimsOf(), { alg: 'none' })}`, 'invalid-token'],
      [`Bearer ${token(claimsOf(), { key: pem(other.privateKey) })}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ application_id: 'nowhere' }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ application_id: undefined }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ exp: now() + 24 * 60 * 60 + 60 }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ exp: 'soon' }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ iat: undefined }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ nbf: now() + 600 }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ sub: '' }))}`, 'invalid-token'],
      [`Bearer ${token(claimsOf({ sub: 7 }))}`, 'invalid-token'],
      [`Bearer ${token(anonymous)}`, 'invalid-token'],
    ];
    expect(jti).toBeDefined();
    for (const [authorization, code] of cases) {
      const { status, body, headers } = await world.rest({
        method: 'GET',
        path: `/${version}/conversations/${room.id}`,
        authorization,
      });
      expect([authorization, status]).toEqual([authorization, 401]);
      expectRefusal(version, body, `system:error:${code}`);
      expect(headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  test('of somebody who is not there open nothing', async () => {
    const as = vonage.token('ghost');
    expect(await vonage.refusal('GET', '/v1/users/me', { as })).toEqual([404, 'user:error:not-found']);
    const join = { state: 'joined', user: { name: 'ghost' }, channel: { type: 'app' } };
    const members = `/v1/conversations/${room.id}/members`;
    expect(await vonage.refusal('POST', members, { as, body: join })).toEqual([404, 'user:error:not-found']);
    const { _embedded } = await vonage.ask<{ _embedded: { members: object[] } }>('GET', members);
    expect(_embedded.members).toHaveLength(2);
  });
});

describe('paths of the acl', () => {
  const path = () => `/v1/conversations/${room.id}`;
  const statusOf = async (paths: object | undefined, method: string, to: string): Promise<number> => {
    const as = vonage.sign({ subject: 'alice', ...(paths !== undefined && { acl: { paths } as never }) });
    const body = method === 'POST' ? { type: 'text', body: { text: 'x' } } : undefined;
    return (await vonage.call(method, to, { as, ...(body !== undefined && { body }) })).status;
  };

  test('open what they name, by the methods that they name', async () => {
    for (const [paths, get, post] of [
      [undefined, 403, 403],
      [{}, 403, 403],
      [{ '/*/users/**': {} }, 403, 403],
      [{ '/*/conversations/**': {} }, 200, 201],
      [{ '/v1/conversations/**': {} }, 200, 201],
      [{ '/v0.3/conversations/**': {} }, 403, 403],
      [{ '/**': {} }, 200, 201],
      [{ '/*/conversations/**': { methods: ['GET'] } }, 200, 403],
      [{ '/*/conversations/*/events': { methods: ['POST'] } }, 403, 201],
      [{ '/*/conversations/*': {} }, 200, 403],
    ] as const) {
      expect([
        paths,
        await statusOf(paths, 'GET', path()),
        await statusOf(paths, 'POST', `${path()}/events`),
      ]).toEqual([paths, get, post]);
    }
  });

  test.each(versions)('what they do not open is 403 in the shape of %s', async (version) => {
    const as = vonage.sign({ subject: 'alice' });
    const { status, body } = await vonage.call('GET', `/${version}/users/me`, { as });
    expect(status).toBe(403);
    expectRefusal(version, body, 'system:error:permission');
  });
});

describe.each(versions)('%s', (version) => {
  test('what is not there, or not with this method', async () => {
    for (const path of ['nothing', 'legs', 'knocking', `conversations/${room.id}/rtc`, 'conversations/%zz']) {
      const { status, body } = await vonage.call('GET', `/${version}/${path}`);
      expect([path, status]).toEqual([path, path.endsWith('%zz') ? 400 : 404]);
      expectRefusal(
        version,
        body,
        path.endsWith('%zz') ? 'http:error:validation-fail' : 'http:error:not-found',
      );
    }
    const wrong = await vonage.call('PATCH', `/${version}/conversations`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET']);
    expectRefusal(version, wrong.body, 'http:error:method-not-allowed');
    const gone = await vonage.call('GET', `/${version}/conversations/CON-nothing`);
    expect(gone.status).toBe(404);
    expectRefusal(version, gone.body, 'conversation:error:not-found');
  });

  test('bodies that cannot be read', async () => {
    const path = `/${version}/conversations`;
    const headers = { 'content-type': 'application/json' };
    for (const [raw, rest, status, code] of [
      ['{', {}, 400, 'http:error:validation-fail'],
      [`"${'x'.repeat(300_000)}"`, {}, 413, 'http:error:payload-too-large'],
      [
        '{}',
        { 'content-type': 'application/json; charset=iso-8859-1' },
        415,
        'http:error:unsupported-media-type',
      ],
      ['{}', { 'content-encoding': 'compress' }, 415, 'http:error:unsupported-media-type'],
    ] as const) {
      const answer = await vonage.call('POST', path, { raw, headers: { ...headers, ...rest } });
      expect(answer.status).toBe(status);
      expectRefusal(version, answer.body, code);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    }
    // However it is called, it is JSON.
    for (const type of ['application/json;charset=UTF-8', 'text/plain', 'application/x-www-form-urlencoded'])
      expect((await vonage.call('POST', path, { raw: '{}', headers: { 'content-type': type } })).status).toBe(
        isLegacy(version) ? 200 : 201,
      );
  });

  test('a page of another origin may ask, whatever the answer', async () => {
    for (const path of [`conversations/${room.id}`, 'users/me', 'nothing', 'sessions/x']) {
      const response = await fetch(`${world.gateways[0]!.url}/${version}/${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://page.example',
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
      const header = (name: string) => response.headers.get(`access-control-allow-${name}`);
      expect([path, response.status, header('origin'), header('headers')]).toEqual([
        path,
        204,
        '*',
        'authorization,content-type',
      ]);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
        expect(header('methods')?.split(',')).toContain(method);
      const answer = await rest(world.gateways[0]!.url, { method: 'GET', path: `/${version}/${path}` });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
    }
  });
});

test('what the packages ask for besides', async () => {
  const { url } = world.gateways[0]!;
  const metrics = await rest(url, {
    method: 'POST',
    path: '/v2/rtc/metrics',
    body: { sessionId: 'x', metrics: [] },
  });
  expect([metrics.status, metrics.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  const as = vonage.token('alice');
  expect(await vonage.ask('GET', '/v0.3/discovery/api', { as })).toEqual({
    hookline: { endpoint: url, https: url, ws: url.replace('http', 'ws') },
  });
  expect(await vonage.ask('GET', '/v0.3/discovery/media/hookline', { as })).toEqual([]);
  expect(await rest(url, { method: 'GET', path: '/v0.3/discovery/api' })).toMatchObject({ status: 401 });
});
