import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import type { Hook, hookChange } from '#contracts/hooks/registration.js';
import { operations } from '#contracts/rest/operations.js';
import { outagesUntilOpen } from '#domain/delivery/outage.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { changeHook, hookOf } from '../harness/managed-hooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { change, read, refresh, register } from './hook-servers.js';
import { keys, LeanEngine } from './lean-engine.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let group: { id: string };
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function engineWith(...options: Parameters<typeof LeanEngine.start>): Promise<LeanEngine> {
  const engine = await LeanEngine.start(...options);
  closing.push(() => engine.stop());
  return engine;
}

const drops = { onIMMessageReceived: () => ({ drop: true }) };
const hooks = async (): Promise<Hook[]> =>
  (await application.call<{ hooks: Hook[] }>(operations.listHooks)).hooks;
const byName = async (): Promise<Hook[]> =>
  (await hooks()).toSorted((left, right) => left.name.localeCompare(right.name));
const names = async (): Promise<string[]> => (await hooks()).map(({ name }) => name);
const isDropped = async (): Promise<boolean> =>
  'dropped' in ((await tom.send(group, 'Hello')).body as object);

test('all thirteen hooks are found, and what is none of them is not', async () => {
  const engine = await engineWith({
    onIMMessageReceived: () => undefined,
    onIMReceiversOffline: () => undefined,
    onIMMessageSent: () => undefined,
    onIMMessageUpdate: () => undefined,
    onIMConversationStart: () => undefined,
    onIMConversationStarted: () => undefined,
    onIMConversationAdd: () => undefined,
    onIMConversationAdded: () => undefined,
    onIMConversationRemove: () => undefined,
    onIMConversationRemoved: () => undefined,
    onIMConversationUpdate: () => undefined,
    onIMClientOnline: () => undefined,
    onIMClientOffline: () => undefined,
    onIMClientSign: () => undefined,
  });
  const { deployed, id } = await register(application, engine, { position: 7, deadline: 1_000 });
  expect(deployed).toHaveLength(13);
  const known = await hooks();
  expect(known.map(({ name }) => name).sort()).toEqual([...deployed].sort());
  for (const hook of known)
    expect(hook).toMatchObject({
      protocol: 'leanengine',
      serverId: id,
      url: `${engine.url}/1.1/functions/_${hook.name}`,
      position: 7,
      deadline: 1_000,
    });
});

test('a function that is deployed later is found by a refresh, and is called from then on', async () => {
  const engine = await engineWith({});
  const server = await register(application, engine);
  expect(server.deployed).toEqual([]);
  expect(await isDropped()).toBe(false);
  await engine.define(drops);
  expect(await refresh(application, server)).toMatchObject({ deployed: ['messageReceived'] });
  expect(await isDropped()).toBe(true);
});

test('a function that is deployed later is found without anybody asking', async () => {
  const engine = await engineWith({});
  const { id } = await register(application, engine);
  await engine.define(drops);
  // 45 s have passed.
  await world.database.sql('UPDATE hook_engine.hook_server SET due_at = now() WHERE id = $1::uuid', id);
  await eventually(async () => {
    expect(await names()).toEqual(['messageReceived']);
  });
  expect(await isDropped()).toBe(true);
});

test('404 says that a function is gone: no failure, and its hook goes too', async () => {
  const engine = await engineWith(drops);
  const server = await register(application, engine, { failurePolicy: 'abort' });
  const [hook] = await hooks();
  expect(await isDropped()).toBe(true);
  await engine.stop();
  const successor = await engineWith({}, keys, engine.port);
  expect((await tom.send(group, 'Hello')).status).toBe(201);
  expect(await successor.calls('_messageReceived')).toMatchObject([{ status: 404 }]);
  await eventually(async () => {
    expect(await names()).toEqual([]);
  });
  await successor.define(drops);
  expect(await refresh(application, server)).toMatchObject({ deployed: ['messageReceived'] });
  // The same as before, to whoever looks at what it did.
  expect((await hooks())[0]?.id).toBe(hook?.id);
});

test('a server that is away keeps its hooks, and says so', async () => {
  const engine = await engineWith(drops);
  const server = await register(application, engine, { failurePolicy: 'abort' });
  await engine.stop();
  expect(await refresh(application, server)).toMatchObject({
    deployed: ['messageReceived'],
    lastError: 'unreachable',
    lastRefreshedAt: server.lastRefreshedAt,
  });
  expect((await tom.send(group, 'Hello')).status).toBe(502);
  await engineWith(drops, keys, engine.port);
  expect(await refresh(application, server)).toMatchObject({ lastError: null });
  expect(await isDropped()).toBe(true);
});

test('a server that was away begins anew with other keys', async () => {
  const engine = await engineWith(drops);
  const server = await register(application, engine, { failurePolicy: 'abort' });
  await engine.stop();
  for (let count = 0; count < outagesUntilOpen; count++) await tom.send(group, 'Hello');
  expect(await hooks()).toMatchObject([{ circuit: { state: 'open' } }]);
  const successor = { ...keys, hookKey: 'another' };
  await engineWith(drops, successor, engine.port);
  await change(application, server, { credentials: successor });
  expect(await hooks()).toMatchObject([{ circuit: { state: 'closed' } }]);
  expect(await isDropped()).toBe(true);
});

test('a server that was away does not begin anew with other settings or functions', async () => {
  const engine = await engineWith(drops);
  const server = await register(application, engine, { failurePolicy: 'abort' });
  await engine.stop();
  for (let count = 0; count < outagesUntilOpen; count++) await tom.send(group, 'Hello');
  const [hook] = await hooks();
  expect(hook).toMatchObject({ circuit: { state: 'open' } });
  const circuit = async () => (await hookOf(application, hook!)).circuit.state;
  await changeHook(application, hook!, { recordContents: true });
  expect(await circuit()).toBe('open');
  await changeHook(application, hook!, { position: 7 });
  expect(await circuit()).toBe('open');
  await change(application, server, { deadline: 900 });
  expect(await circuit()).toBe('open');
  await engineWith({ ...drops, onIMMessageSent: () => undefined }, keys, engine.port);
  expect((await refresh(application, server)).deployed).toHaveLength(2);
  expect(await circuit()).toBe('open');
});

describe('a hook of a server', () => {
  const own = {
    ...{ position: 3, deadline: 700, failurePolicy: 'abort', enabled: true, concurrency: 2, mode: 'shadow' },
    ...{ kinds: ['group'], attribute: { name: 'tier', value: 'gold' } },
  } satisfies z.input<typeof hookChange>;

  test('is changed by itself, and the others of its server are not', async () => {
    const engine = await engineWith({ ...drops, onIMMessageSent: () => undefined });
    const server = await register(application, engine, { position: 9 });
    const [received, told] = await byName();
    expect(await changeHook(application, received!, { mode: 'shadow' })).toEqual({
      ...received,
      mode: 'shadow',
    });
    expect(await isDropped()).toBe(false);
    expect(await changeHook(application, received!, { mode: 'live', kinds: ['room'] })).toMatchObject({
      ...{ mode: 'live', kinds: ['room'] },
    });
    expect(await isDropped()).toBe(false);
    expect(await changeHook(application, received!, { kinds: [] })).toEqual(received);
    expect(await isDropped()).toBe(true);
    expect(await hookOf(application, told!)).toEqual(told);
    expect(await change(application, server, { deadline: 900 })).toMatchObject({
      position: 9,
      deadline: 900,
    });
    expect(await hookOf(application, received!)).toMatchObject({ deadline: 900 });
  });

  test('stays as it was set, whatever is set of its server, and when it goes and comes again', async () => {
    const engine = await engineWith(drops);
    const server = await register(application, engine);
    const [hook] = await hooks();
    expect(await changeHook(application, hook!, own)).toEqual({ ...hook, ...own });
    await change(application, server, { position: 5, deadline: 2_000, failurePolicy: 'continue' });
    await engine.stop();
    const successor = await engineWith({}, keys, engine.port);
    expect(await refresh(application, server)).toMatchObject({ deployed: [] });
    await expect(changeHook(application, hook!, { mode: 'live' })).rejects.toMatchObject({
      problem: { code: 'hook_not_found' },
    });
    await successor.define(drops);
    await refresh(application, server);
    expect(await hooks()).toEqual([{ ...hook, ...own }]);
  });

  test('is off while its server is, and when it is off itself', async () => {
    const server = await register(application, await engineWith(drops));
    const [hook] = await hooks();
    await change(application, server, { enabled: false });
    expect(await changeHook(application, hook!, { enabled: true })).toMatchObject({ enabled: false });
    expect(await change(application, server, { enabled: true })).toMatchObject({ enabled: true });
    expect(await isDropped()).toBe(true);
    expect(await changeHook(application, hook!, { enabled: false })).toMatchObject({ enabled: false });
    await change(application, server, { enabled: true });
    expect(await isDropped()).toBe(false);
  });

  test('has runs with contents when its owner wants them', async () => {
    await register(application, await engineWith(drops));
    const [hook] = await hooks();
    const changed = await changeHook(application, hook!, { recordContents: true });
    expect(changed).toEqual({ ...hook, recordContentsUntil: expect.any(Number) });
  });

  test('is where its server is, and nobody else changes it', async () => {
    const engine = await engineWith({ ...drops, onIMClientOnline: () => undefined });
    await register(application, engine);
    const [online, received] = await byName();
    for (const url of [engine.url, 'http://10.0.0.1/'])
      await expect(changeHook(application, received!, { url, position: 1 })).rejects.toMatchObject({
        ...{ status: 409, problem: { code: 'hook_of_server' } },
      });
    await expect(changeHook(application, online!, { kinds: ['group'] })).rejects.toMatchObject({
      problem: { errors: [{ pointer: '/kinds' }] },
    });
    await expect(changeHook(await world.application(), received!, own)).rejects.toMatchObject({
      problem: { code: 'hook_not_found' },
    });
    expect(await byName()).toEqual([online, received]);
  });
});

test('off, on and deleted', async () => {
  const server = await register(application, await engineWith(drops));
  await change(application, server, { enabled: false });
  expect(await isDropped()).toBe(false);
  await change(application, server, { enabled: true });
  expect(await isDropped()).toBe(true);
  const [hook] = await hooks();
  await expect(application.deleteHook(hook!)).rejects.toMatchObject({ problem: { code: 'hook_of_server' } });
  await application.call(operations.deleteHookServer, { parameters: { serverId: server.id } });
  expect(await names()).toEqual([]);
  expect(await isDropped()).toBe(false);
  await expect(read(application, server)).rejects.toMatchObject({
    problem: { code: 'hook_server_not_found' },
  });
});

test('the keys are shown nowhere, and a repetition registers once', async () => {
  const engine = await engineWith(drops);
  const body = { protocol: 'leanengine', url: `${engine.url}/`, credentials: { ...keys } } as const;
  const registered = await Promise.all(
    [1, 2].map(() => application.call(operations.createHookServer, { body, idempotencyKey: 'once' })),
  );
  const { servers } = await application.call<{ servers: { url: string }[] }>(operations.listHookServers);
  expect(servers).toMatchObject([{ url: engine.url }]);
  const shown = JSON.stringify([registered, servers, await hooks()]);
  for (const key of [keys.applicationKey, keys.masterKey, keys.hookKey!]) expect(shown).not.toContain(key);
  const other = { ...body, credentials: { ...keys, masterKey: 'another' } };
  await expect(
    application.call(operations.createHookServer, { body: other, idempotencyKey: 'once' }),
  ).rejects.toMatchObject({ problem: { code: 'idempotency_key_reused' } });
});

/** A server of another make, which answers the same to everything. */
async function strange(status: number, body: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      if (request.method === 'POST') asked.push(text);
      const answer = request.method === 'POST' && body.includes('_messageReceived') ? text : body;
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
}

test.each([
  [200, '<html>', 'invalid_answer'],
  [200, '{"result":"_messageReceived"}', 'invalid_answer'],
  [403, '{}', 'invalid_answer'],
  [503, '{}', 'unreachable'],
  [401, '{}', 'unauthorized'],
])('what answers %i %s is %s', async (status, body, lastError) => {
  const server = await register(application, await strange(status, body));
  expect(server).toMatchObject({ deployed: [], lastError, lastRefreshedAt: null });
});

test('a server that sends back what it was sent changes nothing, and one of long ago gets its sign', async () => {
  const echoing = await strange(200, '{"result":["_messageReceived","_receiverOffline","hello"]}');
  const server = await register(application, echoing, { failurePolicy: 'abort' });
  expect([...server.deployed].sort()).toEqual(['messageReceived', 'receiversOffline']);
  expect((await tom.send(group, 'Hello')).status).toBe(201);
  expect(JSON.parse(echoing.asked[0]!)).toMatchObject({
    __sign: expect.stringMatching(/^\d{13},[0-9a-f]{40}$/),
  });
  await change(application, server, { sendLegacySign: false });
  await tom.send(group, 'Hello');
  expect(JSON.parse(echoing.asked[1]!)).not.toHaveProperty('__sign');
});

test('an address that is not allowed, one server too many, and what belongs to others', async () => {
  await expect(register(application, { url: 'http://10.0.0.1' })).rejects.toMatchObject({
    problem: { code: 'address_not_allowed' },
  });
  const server = await register(application, { url: 'http://127.0.0.1:9' });
  expect(server).toMatchObject({ lastError: 'unreachable' });
  const stranger = await world.application();
  for (const attempt of [
    () => read(stranger, server),
    () => refresh(stranger, server),
    () => change(stranger, server, { enabled: false }),
    () => stranger.call(operations.deleteHookServer, { parameters: { serverId: server.id } }),
  ])
    await expect(attempt()).rejects.toMatchObject({ problem: { code: 'hook_server_not_found' } });
  for (let count = 2; count <= 10; count += 1) await register(application, { url: 'http://127.0.0.1:9' });
  await expect(register(application, { url: 'http://127.0.0.1:9' })).rejects.toMatchObject({
    problem: { code: 'too_many_hook_servers' },
  });
});
