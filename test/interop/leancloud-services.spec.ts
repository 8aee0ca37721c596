import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * LeanCloud's REST API for service conversations: who is subscribed to them.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let service: string;
let path: string;

const rtm = '1.2/rtm';

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  ({ objectId: service } = await server.ask<{ objectId: string }>('POST', `${rtm}/service-conversations`, {
    body: { name: 'News' },
  }));
  path = `${rtm}/service-conversations/${service}/subscribers`;
});

const subscribe = (id: string, to = path) => server.ask('POST', to, { body: { client_id: id } });
const subscribersOf = async (query: Record<string, string | number> = {}): Promise<unknown[]> =>
  (await server.ask<{ subscriber: string }[]>('GET', path, { query })).map(({ subscriber }) => subscriber);

describe('subscribers', () => {
  test('come, once each, and go; nobody else does', async () => {
    const before = Date.now();
    expect(await subscribe('Tom')).toEqual({});
    const [first] = await server.ask<{ timestamp: number }[]>('GET', path);
    expect(first).toEqual({ timestamp: expect.any(Number), subscriber: 'Tom', conv_id: service });
    expect(first!.timestamp).toBeGreaterThanOrEqual(before - 1_000);
    for (const id of ['Tom', 'Jerry', 'Spike']) await subscribe(id);
    expect(await server.ask<{ timestamp: number }[]>('GET', path, { query: { limit: 50 } })).toContainEqual(
      first,
    );
    expect(await subscribersOf()).toEqual(['Jerry', 'Spike', 'Tom']);
    expect(await server.ask('DELETE', `${path}/Jerry`)).toEqual({});
    expect(await server.ask('DELETE', `${path}/Nobody`)).toEqual({});
    expect(await subscribersOf()).toEqual(['Spike', 'Tom']);
    const { subscriptions } = await natively('Tom');
    expect(subscriptions).toEqual([service]);
  });

  test('are listed by their ids, page by page', async () => {
    for (const id of ['Tom', 'Jerry', 'Spike']) await subscribe(id);
    expect(await subscribersOf({ limit: 2 })).toEqual(['Jerry', 'Spike']);
    expect(await subscribersOf({ limit: 2, client_id: 'Spike' })).toEqual(['Tom']);
    expect(await subscribersOf({ client_id: 'Tom' })).toEqual([]);
    expect(await server.refusal('GET', path, { query: { limit: 51 } })).toEqual([400, 1]);
  });

  test('are of services alone, and of clients who can be', async () => {
    const { objectId } = await server.conversation({ m: ['Tom'] });
    const said = { body: { client_id: 'Tom' } };
    const ofGroup = `${rtm}/service-conversations/${objectId}/subscribers`;
    expect(await server.refusal('POST', ofGroup, said)).toEqual([400, 4313]);
    expect(await server.refusal('GET', ofGroup)).toEqual([400, 4313]);
    expect(await server.refusal('POST', `${rtm}/service-conversations/none/subscribers`, said)).toEqual([
      404, 4303,
    ]);
    expect(await server.refusal('POST', path, { body: { client_id: 'x'.repeat(65) } })).toEqual([400, 4103]);
    expect(await server.refusal('POST', path, { ...said, headers: server.asApplication })).toEqual([
      403, 403,
    ]);
  });

  test('whoever was deleted stays so', async () => {
    await subscribe('Tom');
    await server.ask('DELETE', `${path}/Tom`);
    await application.call(operations.deleteUser, { parameters: { userId: 'Tom' } });
    expect(await server.refusal('POST', path, { body: { client_id: 'Tom' } })).toEqual([400, 4103]);
  });
});

test('the services of a client, by the time of subscribing, in both directions', async () => {
  const services = [service];
  for (const name of ['Weather', 'Games']) {
    const { objectId } = await server.ask<{ objectId: string }>('POST', `${rtm}/service-conversations`, {
      body: { name },
    });
    services.push(objectId);
  }
  const began = [];
  for (const id of services) {
    await subscribe('Tom', `${rtm}/service-conversations/${id}/subscribers`);
    began.push(...(await server.ask<object[]>('GET', `${rtm}/service-conversations/${id}/subscribers`)));
  }
  await server.conversation({ m: ['Tom'] });
  const of = `${rtm}/clients/Tom/service-conversations`;
  const ids = async (query: Record<string, string | number> = {}): Promise<string[]> =>
    (await server.ask<{ conv_id: string }[]>('GET', of, { query })).map(({ conv_id: id }) => id);
  expect(await server.ask('GET', of, { query: { direction: 'new' } })).toEqual(began);
  expect(await ids()).toEqual(services.toReversed());
  const [first] = began as { timestamp: number; conv_id: string }[];
  const after = { timestamp: first!.timestamp, conv_id: first!.conv_id };
  expect(await ids({ ...after, direction: 'new', limit: 1 })).toEqual([services[1]]);
  expect(await ids(after)).toEqual([]);
  expect(await server.ask('GET', `${rtm}/clients/Nobody/service-conversations`)).toEqual([]);
});

test('the first version of the API names the same', async () => {
  const subscription = { conv_id: service, client_id: 'Tom' };
  await server.ask('POST', '1.1/rtm/conversation/subscription', { body: subscription });
  const said = [{ timestamp: expect.any(Number), subscriber: 'Tom', conv_id: service }];
  expect(
    await server.ask('GET', '1.1/rtm/conversation/subscribers', { query: { conv_id: service } }),
  ).toEqual(said);
  expect(await server.ask('GET', '1.1/rtm/conversation/subscribed', { query: { client_id: 'Tom' } })).toEqual(
    said,
  );
  await server.ask('DELETE', '1.1/rtm/conversation/subscription', { body: subscription });
  expect(await subscribersOf()).toEqual([]);
});

/** What a user sees of it by itself. */
async function natively(userId: string): Promise<{ subscriptions: string[] }> {
  const { conversations } = await (
    await application.known(userId)
  ).call<{ conversations: { id: string }[] }>(operations.listConversations, { query: { kind: 'system' } });
  return { subscriptions: conversations.map(({ id }) => id) };
}
