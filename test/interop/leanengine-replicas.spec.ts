import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Hook } from '#contracts/hooks/registration.js';
import type { HookServer } from '#contracts/hooks/servers.js';
import { operations } from '#contracts/rest/operations.js';
import type { AppProcess } from '../harness/app-process.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';
import { read, refresh, register } from './hook-servers.js';
import { keys } from './lean-engine.js';
import { ListingServer, type Listing } from './listing-server.js';

let world: World;
let application: TestApplication;
let engines: AppProcess[];
let server: ListingServer;

beforeAll(async () => {
  world = await World.start();
  engines = [world.hookEngine, await world.another('hook-engine')];
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = await ListingServer.start(() => before);
});
afterEach(() => server.close());

const before: Listing = { status: 200, functions: ['_messageReceived', '_messageSent'] };
const after: Listing = { status: 200, functions: ['_messageSent', '_clientOnline', '_clientOffline'] };
const unauthorized: Listing = { status: 401, functions: [] };

/** One server, and as many hooks as it says to have, each once. */
async function expectOneSet({ functions }: Listing): Promise<void> {
  const names = functions.map((name) => name.slice(1)).toSorted();
  const { servers } = await application.call<{ servers: HookServer[] }>(operations.listHookServers);
  expect(servers.map(({ deployed }) => deployed.toSorted())).toEqual([names]);
  const { hooks } = await application.call<{ hooks: Hook[] }>(operations.listHooks);
  expect(hooks.map(({ name }) => name).toSorted()).toEqual(names);
  expect(new Set(hooks.map(({ serverId }) => serverId))).toEqual(new Set(servers.map(({ id }) => id)));
}

const many = <Result>(work: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 8 }, work));

/** Kills both while one of them, whichever it is, waits for the server's answer to this; then both are started again. */
async function killedMeanwhile(work: () => Promise<unknown>): Promise<{ outcome: Promise<unknown> }> {
  const { asked } = server;
  server.behave(() => new Promise<never>(() => undefined));
  const outcome = work().catch((error: unknown) => error);
  await eventually(() => expect(server.asked).toBeGreaterThan(asked));
  await Promise.all(engines.map((engine) => engine.kill()));
  server.behave(() => before);
  await Promise.all(engines.map((engine) => engine.start()));
  await world.whole();
  return { outcome };
}

test('hook-engine is killed while it registers a server: repeated, it is registered once', async () => {
  const body = { protocol: 'leanengine', url: server.url, credentials: keys } as const;
  const create = (): Promise<HookServer> =>
    application.call(operations.createHookServer, { body, idempotencyKey: 'once' });
  const { outcome } = await killedMeanwhile(create);
  await many(create);
  await expectOneSet(before);
  expect(await outcome).toMatchObject({ status: 504, problem: { retryable: true } });
  await expectOneSet(before);
}, 120_000);

test('and when nobody repeats it, it is finished all the same', async () => {
  const { outcome } = await killedMeanwhile(() => register(application, server));
  const { servers } = await application.call<{ servers: HookServer[] }>(operations.listHookServers);
  expect(servers).toMatchObject([{ deployed: [], lastRefreshedAt: null }]);
  // What a replica has begun is left to it for 30 s. They have passed.
  await world.database.sql(
    'UPDATE hook_engine.hook_server SET due_at = now() WHERE application_id = $1',
    application.id,
  );
  await eventually(() => expectOneSet(before));
  expect(await outcome).toMatchObject({ status: 504 });
}, 120_000);

test('asked by both at once, what a server said last counts, and not what came last', async () => {
  const registered = await register(application, server);
  const { asked } = server;
  const late = Promise.withResolvers<Listing>();
  server.behave(() => (server.asked === asked + 1 ? late.promise : after));
  const first = refresh(application, registered);
  await eventually(() => expect(server.asked).toBe(asked + 1));
  await many(() => refresh(application, registered));
  await expectOneSet(after);
  late.resolve(before);
  expect((await first).deployed).toHaveLength(after.functions.length);
  await expectOneSet(after);
});

test('a wrong master key is shouted about once, however many replicas notice it, and again when it is wrong again', async () => {
  const registered = await register(application, server);
  const shouts = (): unknown[] =>
    world.logged('a hook server refuses the master key').filter(({ serverId }) => serverId === registered.id);
  for (const count of [1, 2]) {
    server.behave(() => unauthorized);
    await many(() => refresh(application, registered));
    expect(await read(application, registered)).toMatchObject({ lastError: 'unauthorized' });
    expect(shouts()).toEqual(Array.from({ length: count }, () => expect.objectContaining({ level: 50 })));
    server.behave(() => before);
    await many(() => refresh(application, registered));
    await expectOneSet(before);
  }
});
