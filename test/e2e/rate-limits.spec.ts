import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { broadcast, broadcastsOf } from '../harness/broadcasts.js';
import { ConnectionRefused, type Client } from '../harness/client.js';
import { requestOf, type RestAnswer } from '../harness/rest.js';
import { World } from '../harness/world.js';

let world: World;

// So slow that no test outlives a token: what counts are the bursts.
beforeAll(async () => {
  world = await World.start({
    settings: {
      HOOKLINE_TRUSTED_PROXIES: '127.0.0.0/8,::1',
      HOOKLINE_LIMIT_ADDRESS: '0.01/100',
      HOOKLINE_LIMIT_CONNECTIONS: '0.01/3',
      HOOKLINE_LIMIT_USER: '0.01/10',
      HOOKLINE_LIMIT_APPLICATION: '0.01/50',
      HOOKLINE_LIMIT_FAILURES: '0.01/5',
      HOOKLINE_LIMIT_BROADCASTS: '0.01/2',
    },
  });
});
afterAll(() => world.close());

let addresses = 0;
/** As a proxy says it; a new one every time, so that tests do not use up each other's. */
function newAddress(): { 'x-forwarded-for': string } {
  addresses += 1;
  return { 'x-forwarded-for': `203.0.${String(addresses >> 8)}.${String(addresses & 255)}` };
}

function asks(
  as: { readonly authorization: string },
  headers: Readonly<Record<string, string>> = newAddress(),
): Promise<RestAnswer> {
  const query = 'application' in as ? {} : { userId: 'tom' };
  return world.rest({ ...requestOf(operations.listConversations, { as, query }), headers });
}

/** How many of so many requests are taken before the first refusal. */
async function takenOf(count: number, ask: () => Promise<RestAnswer>): Promise<number> {
  for (let taken = 0; taken < count; taken++) if ((await ask()).status !== 200) return taken;
  return count;
}

function expectLimited({ status, headers, body }: RestAnswer, code = 'rate_limited'): void {
  expect(status).toBe(429);
  expect(body).toMatchObject({ code, retryable: true });
  const { retryAfter } = body as { retryAfter: number };
  expect(retryAfter).toBeGreaterThan(0);
  expect(headers.get('retry-after')).toBe(String(Math.ceil(retryAfter / 1_000)));
}

const connect = (user: TestUser, headers = newAddress()): Promise<Client> =>
  world.connect(0, { token: user.token }, headers);

const refusalOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.catch((error: unknown) => (error instanceof ConnectionRefused ? error.error : error));

describe('who asks too often is refused, and told when to ask again', () => {
  let application: TestApplication;
  beforeAll(async () => {
    application = await world.application();
  });

  test('by a batch of LeanCloud, each of whose requests is one', async () => {
    const { id, keys } = await world.application();
    const { body } = await world.rest({
      method: 'POST',
      path: '/1.1/batch',
      headers: { 'x-lc-id': id, 'x-lc-key': `${keys.masterKey},master`, 'content-type': 'application/json' },
      raw: JSON.stringify({
        requests: Array.from({ length: 50 }, () => ({ method: 'GET', path: '/1.2/rtm/chatrooms' })),
      }),
    });
    const again = await world.rest({
      method: 'GET',
      path: '/1.2/rtm/chatrooms',
      headers: { 'x-lc-id': id, 'x-lc-key': `${keys.masterKey},master`, ...newAddress() },
    });
    expect(body).toEqual(Array.from({ length: 50 }, () => ({ success: { results: [] } })));
    expect(again).toMatchObject({ status: 429, body: { code: 429 } });
  });

  test('a user, by REST and by socket together, and no other user', async () => {
    const [tom, jerry] = await application.users('tom', 'jerry');
    const group = await application.group([tom, jerry]);
    const client = await connect(tom);
    expect(await client.send(group, 'Hello')).toMatchObject({ ok: true });
    expect(await takenOf(20, () => asks(tom))).toBe(9);
    expectLimited(await asks(tom));
    const refused = (await client.send(group, 'never stored')) as Extract<SendAcknowledgement, { ok: false }>;
    expect(refused).toMatchObject({ ok: false, error: { code: 'rate_limited', retryable: true } });
    expect(refused.error.retryAfter).toBeGreaterThan(0);
    expect(client.isConnected).toBe(true);
    expect((await asks(jerry)).status).toBe(200);
    expect(await jerry.history(group)).toMatchObject([{ type: 'member.joined' }, { type: 'message' }]);
  });

  test('whoever asks is told how it stands with each limit, also when it is refused', async () => {
    const tom = await application.user('counted');
    const told = async () => {
      const { headers } = await asks(tom);
      return [headers.get('ratelimit-policy'), headers.get('ratelimit')?.replaceAll(/;t=\d+/g, '')];
    };
    const policies = '"address";q=100;w=10000, "user";q=10;w=1000, "application";q=50;w=5000';
    const [policy, standing] = await told();
    expect(policy).toBe(policies);
    expect(standing).toMatch(/^"address";r=99, "user";r=9, "application";r=\d+$/);
    expect(await takenOf(20, () => asks(tom))).toBe(9);
    const [policyOfRefused, refused] = await told();
    // What was refused for the user was not counted for the application.
    expect(policies).toMatch(policyOfRefused!);
    expect(refused).toBe('"address";r=99, "user";r=0');
    const open = await world.rest({ method: 'GET', path: '/api/v1/hooks', headers: newAddress() });
    expect(open.headers.get('ratelimit')).toMatch(/^"address";r=99;t=\d+$/);
  });

  test('an application that says something to all of its users', async () => {
    const loud = await world.application();
    await loud.user('news');
    const service = await loud.service();
    for (const said of ['one', 'two']) await broadcast(loud, service, said);
    const parameters = { conversationId: service.id };
    const body = { senderId: 'news', content: { type: 'text', text: 'three' } } as const;
    const third = requestOf(operations.sendBroadcast, { as: loud, parameters, body });
    expectLimited(await world.rest({ ...third, headers: newAddress() }), 'too_many_broadcasts');
    expect(await broadcastsOf(loud)).toHaveLength(2);
  });

  test('an application, its users and its key together, and no other application', async () => {
    const busy = await world.application();
    const tom = await busy.user('tom');
    expect((await asks(tom)).status).toBe(200);
    // The user and the token were requests, too.
    expect(await takenOf(100, () => asks(busy))).toBe(47);
    expectLimited(await asks(busy));
    expectLimited(await asks(tom));
    expect((await asks(application)).status).not.toBe(429);
  });

  test('an address, with whatever credentials, and no other address', async () => {
    const busy = newAddress();
    const mixed = Array.from({ length: 5 }, () => world.application());
    for (const one of await Promise.all(mixed)) expect(await takenOf(20, () => asks(one, busy))).toBe(20);
    expectLimited(await asks(application, busy));
    expectLimited(await world.rest({ method: 'GET', path: '/api/v1/hooks', headers: busy }));
  });
});

test('an address that tries to connect too often is refused', async () => {
  const tom = await (await world.application()).user('tom');
  const address = newAddress();
  for (let count = 0; count < 3; count++) (await connect(tom, address)).disconnect();
  expect(await refusalOf(connect(tom, address))).toMatchObject({ code: 'rate_limited', retryable: true });
  expect((await connect(tom)).isConnected).toBe(true);
});

test('an address from which too many credentials were wrong gets in with none, neither REST nor socket', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const address = newAddress();
  const wrong = { authorization: `Basic ${btoa(`${application.id}:wrong`)}` };
  for (let count = 0; count < 4; count++) expect((await asks(wrong, address)).status).toBe(401);
  expect((await asks(tom, address)).status).toBe(200);
  const forged = world.connect(0, { token: tom.token.slice(0, -6) }, address);
  expect(await refusalOf(forged)).toMatchObject({ code: 'unauthenticated' });
  expectLimited(await asks(wrong, address));
  expectLimited(await asks(tom, address));
  expect(await refusalOf(connect(tom, address))).toMatchObject({ code: 'rate_limited' });
  expect((await asks(tom)).status).toBe(200);
});

test('a user has a bounded number of connections', async () => {
  const tom = await (await world.application()).user('tom');
  const clients = await Promise.all(Array.from({ length: limits.connectionsPerUser }, () => connect(tom)));
  expect(await refusalOf(connect(tom))).toMatchObject({ code: 'too_many_connections', retryable: true });
  expect(clients.every(({ isConnected }) => isConnected)).toBe(true);
});
