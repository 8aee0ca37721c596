import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * LeanCloud's REST API for who is in a conversation, who may say what, and who is connected.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
});

const rtm = '1.2/rtm';
const isoDate = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown as string;

describe('members', () => {
  let path: string;
  let id: string;
  beforeEach(async () => {
    ({ objectId: id } = await server.conversation({ m: ['Tom'] }));
    path = `${rtm}/conversations/${id}`;
  });

  test('come and go; who is in or is not makes no difference', async () => {
    const touched = { updatedAt: isoDate, objectId: id };
    const naming = (...client_ids: string[]) => ({ body: { client_ids } });
    expect(await server.ask('POST', `${path}/members`, naming('Tom', 'Jerry', 'Spike'))).toEqual(touched);
    expect(await server.ask('GET', `${path}/members`)).toEqual({ result: ['Tom', 'Jerry', 'Spike'] });
    expect(await server.ask('DELETE', `${path}/members`, naming('Jerry', 'Nobody'))).toEqual(touched);
    expect(await server.ask('GET', `${path}/members`)).toEqual({ result: ['Tom', 'Spike'] });
    expect(await server.refusal('POST', `${path}/members`, naming())).toEqual([400, 1]);
    expect(await server.refusal('POST', `${path}/members`, naming('x'.repeat(65)))).toEqual([400, 4103]);
  });

  test('a body of DELETE that calls itself a form, as curl sends it', async () => {
    const { status } = await world.rest({
      method: 'DELETE',
      path: `/${path}/members`,
      headers: { ...server.asMaster, 'content-type': 'application/x-www-form-urlencoded' },
      raw: '{"client_ids":["Tom"]}',
    });
    expect(status).toBe(200);
    expect(await server.ask('GET', `${path}/members`)).toEqual({ result: [] });
  });

  test('whoever was deleted stays so', async () => {
    const said = { body: { client_ids: ['Spike'] } };
    await server.ask('POST', `${path}/members`, said);
    await server.ask('DELETE', `${path}/members`, said);
    await application.call(operations.deleteUser, { parameters: { userId: 'Spike' } });
    // The gateway remembers that there was such a user.
    expect(await server.refusal('POST', `${path}/members`, said)).toEqual([400, 4103]);
  });

  test('of a room: who is there', async () => {
    const room = await server.ask('POST', `${rtm}/chatrooms`, { body: {} });
    const there = `${rtm}/chatrooms/${room['objectId'] as string}/members`;
    expect(await server.ask('GET', there)).toEqual({ result: [] });
    const tom = await (await application.known('Tom')).connect();
    await tom.call('room.enter', { conversationId: room['objectId'] as string });
    expect(await server.ask('GET', there)).toEqual({ result: ['Tom'] });
    tom.disconnect();
  });

  test('mutes', async () => {
    const said = { body: { client_ids: ['Tom', 'Nobody'] } };
    expect(await server.ask('POST', `${path}/mutes`, said)).toEqual({ updatedAt: isoDate, objectId: id });
    expect(await server.ask('GET', `${path}/mutes`)).toEqual({ result: ['Tom'] });
    await server.ask('DELETE', `${path}/mutes`, said);
    expect(await server.ask('GET', `${path}/mutes`)).toEqual({ result: [] });
  });

  test('silences, for a while and until they are lifted', async () => {
    const tom = await application.known('Tom');
    const sends = async (): Promise<number> => (await tom.send({ id }, 'Hello')).status;
    expect(
      await server.ask('POST', `${path}/temporary-silenceds`, { body: { client_id: 'Tom', ttl: 60 } }),
    ).toEqual({});
    expect(await sends()).toBe(403);
    expect(await server.ask('GET', `${path}/permanent-silenceds`)).toEqual({ client_ids: [] });
    await server.ask('DELETE', `${path}/temporary-silenceds`, { body: { client_id: 'Tom' } });
    expect(await sends()).toBe(201);
    await server.ask('POST', `${path}/members`, { body: { client_ids: ['Jerry'] } });
    const both = { body: { client_ids: ['Tom', 'Jerry'] } };
    expect(await server.ask('POST', `${path}/permanent-silenceds`, both)).toEqual({});
    expect(await sends()).toBe(403);
    const first = await server.ask('GET', `${path}/permanent-silenceds`, { query: { limit: 1 } });
    expect(first).toEqual({ client_ids: ['Jerry'], next: 'Jerry' });
    const query = { limit: 1, next: 'Jerry' };
    expect(await server.ask('GET', `${path}/permanent-silenceds`, { query })).toEqual({
      client_ids: ['Tom'],
    });
    await server.ask('DELETE', `${path}/permanent-silenceds`, both);
    expect(await sends()).toBe(201);
    const nobody = { body: { client_id: 'Nobody', ttl: 60 } };
    expect(await server.refusal('POST', `${path}/temporary-silenceds`, nobody)).toEqual([400, 4317]);
    const tooLong = { body: { client_id: 'Tom', ttl: 86_401 } };
    expect(await server.refusal('POST', `${path}/temporary-silenceds`, tooLong)).toEqual([400, 1]);
  });

  test('blacklists, of rooms too', async () => {
    const said = { body: { client_ids: ['Tom', 'Spike'] } };
    expect(await server.ask('POST', `${path}/blacklists`, said)).toEqual({});
    expect(await server.ask('GET', `${path}/members`)).toEqual({ result: [] });
    const first = await server.ask('GET', `${path}/blacklists`, { query: { limit: 1 } });
    expect(first['client_ids']).toHaveLength(1);
    const rest = await server.ask('GET', `${path}/blacklists`, { query: { next: first['next'] as string } });
    const listed = [...(first['client_ids'] as string[]), ...(rest['client_ids'] as string[])];
    expect(listed.toSorted()).toEqual(['Spike', 'Tom']);
    expect(rest).not.toHaveProperty('next');
    expect(await server.refusal('POST', `${path}/members`, said)).toEqual([403, 4544]);
    expect(await server.ask('DELETE', `${path}/blacklists`, said)).toEqual({});
    await server.ask('POST', `${path}/members`, said);
    const room = await server.ask('POST', `${rtm}/chatrooms`, { body: {} });
    const ofRoom = `${rtm}/chatrooms/${room['objectId'] as string}/blacklists`;
    await server.ask('POST', ofRoom, said);
    expect((await server.ask<{ client_ids: string[] }>('GET', ofRoom)).client_ids.toSorted()).toEqual([
      'Spike',
      'Tom',
    ]);
  });

  test('roles', async () => {
    await server.ask('POST', `${path}/members`, { body: { client_ids: ['Jerry'] } });
    const role = async (): Promise<Record<string, unknown>> => {
      const { results } = await server.ask<{ results: { clientId: string; role: string }[] }>(
        'GET',
        `${path}/member-infos`,
      );
      return Object.fromEntries(results.map(({ clientId, role: name }) => [clientId, name]));
    };
    const created = await server.ask('POST', `${path}/member-infos`, {
      body: { clientId: 'Tom', role: 'Manager' },
    });
    expect(await role()).toEqual({ Tom: 'Manager', Jerry: 'Member' });
    const info = `${path}/member-infos/${created['objectId'] as string}`;
    expect(await server.ask('PUT', info, { body: { role: 'Owner' } })).toEqual({
      objectId: created['objectId'],
      updatedAt: isoDate,
    });
    expect(await role()).toEqual({ Tom: 'Owner', Jerry: 'Member' });
    expect(await server.ask('DELETE', info)).toEqual({});
    expect(await role()).toEqual({ Tom: 'Member', Jerry: 'Member' });
    const nobody = `${path}/member-infos/01940b5e-7d2c-7000-8000-000000000001`;
    expect(await server.refusal('DELETE', nobody)).toEqual([404, 101]);
    const wrong = { body: { clientId: 'Tom', role: 'King' } };
    expect(await server.refusal('POST', `${path}/member-infos`, wrong)).toEqual([400, 1]);
  });
});

describe('clients', () => {
  test('who is online, and is not any more when kicked', async () => {
    const [tom] = await application.users('Tom', 'Jerry');
    const client = await tom.connect();
    const online = (...client_ids: string[]) =>
      server.ask('POST', `${rtm}/clients/check-online`, { body: { client_ids } });
    expect(await online('Tom', 'Jerry', 'Nobody')).toEqual({ results: ['Tom'] });
    expect(await server.ask('POST', '1.1/rtm/online', { body: { peers: ['Jerry', 'Tom'] } })).toEqual({
      results: ['Tom'],
    });
    expect(await server.ask('POST', `${rtm}/clients/Tom/kick`, { body: { reason: 'Too loud' } })).toEqual({});
    await world.offline(tom);
    expect(await online('Tom')).toEqual({ results: [] });
    expect(client.closing).toMatchObject({ code: 'session_kicked', detail: 'Too loud' });
    const long = { body: { reason: 'x'.repeat(21) } };
    expect(await server.refusal('POST', `${rtm}/clients/Tom/kick`, long)).toEqual([400, 1]);
    const many = { body: { client_ids: Array.from({ length: 21 }, (_, index) => String(index)) } };
    expect(await server.refusal('POST', `${rtm}/clients/check-online`, many)).toEqual([400, 1]);
    expect(await server.ask('POST', '1.1/rtm/client/kick', { body: { client_id: 'Jerry' } })).toEqual({});
  });

  test('what is unread, in a conversation and in all', async () => {
    const [tom, jerry] = await application.users('Tom', 'Jerry');
    const [first, second] = [await application.group([tom, jerry]), await application.group([tom, jerry])];
    for (const group of [first, second, second]) await tom.send(group, 'Hello');
    const headers = server.asApplication;
    const unread = async (path: string) => (await server.ask('GET', path, { headers }))['count'];
    expect(await unread(`${rtm}/clients/Jerry/unread-count`)).toBe(3);
    expect(await unread(`${rtm}/clients/Jerry/unread-count?conv_id=${second.id}`)).toBe(2);
    expect(await unread('1.1/rtm/messages/unread/Jerry')).toBe(3);
    expect(await unread(`1.1/rtm/messages/unread/Jerry/${first.id}`)).toBe(1);
    expect(await unread(`${rtm}/clients/Jerry/unread-count?conv_id=none`)).toBe(0);
    expect(await unread(`${rtm}/clients/Nobody/unread-count?conv_id=${first.id}`)).toBe(0);
    expect(await unread(`${rtm}/clients/Tom/unread-count`)).toBe(0);
  });

  test('a user token is a session token: its owner gets the signature of a login', async () => {
    const tom = await application.user('Tom');
    const headers = server.asApplication;
    const path = `${rtm}/clients/sign`;
    const signed = await server.ask('GET', path, { headers, query: { session_token: tom.token } });
    const { client_id, timestamp, nonce, signature } = signed as Record<string, string>;
    expect(client_id).toBe('Tom');
    expect(signature).toBe(server.signature(`${application.id}:Tom::${timestamp!}:${nonce!}`));
    const stranger = await (await world.application()).user('Tom');
    for (const session_token of ['x', `${tom.token}x`, stranger.token])
      expect(await server.refusal('GET', path, { headers, query: { session_token } })).toEqual([401, 401]);
    await application.revokeToken(tom);
    expect(await server.refusal('GET', path, { headers, query: { session_token: tom.token } })).toEqual([
      401, 401,
    ]);
  });

  test('the first version silences for a while', async () => {
    const [tom] = await application.users('Tom');
    const group = await application.group([tom]);
    const body = { conv_id: group.id, peers: ['Tom'] };
    await server.ask('POST', '1.1/rtm/conversation/blacklist', { body: { ...body, ttl: 60 } });
    expect((await tom.send(group, 'Hello')).status).toBe(403);
    await server.ask('DELETE', '1.1/rtm/conversation/blacklist', { body });
    expect((await tom.send(group, 'Hello')).status).toBe(201);
  });
});
