import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * What services say, by LeanCloud's REST API: to some, to their subscribers, to everybody. Two clients listen.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let tom: TestUser;
let jerry: TestUser;
let toms: Client;
let jerrys: Client;
let service: { id: string };
let path: string;

interface Sent {
  readonly 'msg-id': string;
  readonly timestamp: number;
}

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  [tom, jerry] = await application.users('Tom', 'Jerry');
  const { objectId: id } = await server.ask<{ objectId: string }>('POST', '1.2/rtm/service-conversations', {
    body: { name: 'Service' },
  });
  service = { id };
  path = `1.2/rtm/service-conversations/${id}`;
  await application.add(service, tom);
  [toms, jerrys] = [await tom.connect(), await jerry.connect()];
});

const heardBy = (client: Client): string[] =>
  client.events(service).map((event) => ('content' in event ? JSON.stringify(event.content) : event.type));
const json = (said: string): string => JSON.stringify({ type: 'json', json: said });

function hears(client: Client, said: string[]): Promise<void> {
  return eventually(() => {
    expect(heardBy(client)).toEqual(said.map(json));
  });
}

describe('what a service says', () => {
  test('to some: nobody else hears it, or finds it', async () => {
    const body = { from_client: 'Service', message: 'for Jerry', to_clients: ['Jerry'] };
    const sent = await server.ask<Sent>('POST', `${path}/messages`, { body });
    expect(Object.keys(sent).toSorted()).toEqual(['msg-id', 'timestamp']);
    await server.ask('POST', `${path}/broadcasts`, {
      body: { from_client: 'Service', message: 'for subscribers' },
    });
    await hears(toms, ['for subscribers']);
    await hears(jerrys, ['for Jerry']);
    const seen = async (client: string): Promise<unknown[]> =>
      (await server.ask<{ data: string }[]>('GET', `${path}/subscribers/${client}/messages`)).map(
        ({ data }) => data,
      );
    expect(await seen('Tom')).toEqual(['for subscribers']);
    expect(await seen('Jerry')).toEqual(['for Jerry']);
    const all = await server.ask<{ data: string }[]>('GET', `${path}/messages`);
    expect(all.map(({ data }) => data)).toEqual(['for subscribers', 'for Jerry']);

    const of = `${path}/messages/${sent['msg-id']}`;
    const meant = { from_client: 'Service', timestamp: sent.timestamp, to_clients: ['Jerry'] };
    expect(await server.ask('PUT', of, { body: { ...meant, message: 'changed' } })).toEqual({});
    expect(await seen('Jerry')).toEqual(['changed']);
    expect(await server.ask('PUT', `${of}/recall`, { body: meant })).toEqual({});
    expect(await seen('Jerry')).toEqual(['{"_lctype":-127}']);
    expect(await seen('Tom')).toEqual(['for subscribers']);
  });

  test('to some, without being stored', async () => {
    const body = { from_client: 'Service', message: 'fleeting', to_clients: ['Jerry'], transient: true };
    expect(await server.ask('POST', `${path}/messages`, { body })).toHaveProperty('msg-id');
    const fleeting = (client: Client) =>
      client.heard.filter(({ name }) => name === 'ephemeral_message').length;
    await eventually(() => {
      expect(fleeting(jerrys)).toBe(1);
    });
    // What comes behind it has come: so it was not for Tom.
    await server.ask('POST', `${path}/broadcasts`, { body: { from_client: 'Service', message: 'next' } });
    await hears(toms, ['next']);
    expect(fleeting(toms)).toBe(0);
    expect(await server.ask('GET', `${path}/subscribers/Jerry/messages`)).toEqual([]);
  });

  test('to everybody, until it is taken back', async () => {
    const body = { from_client: 'Service', conv_id: service.id, message: 'for all' };
    const sent = await server.ask<Sent>('POST', '1.2/rtm/broadcasts', { body });
    const soon = Date.now() + 60_000;
    await server.ask('POST', '1.2/rtm/broadcasts', {
      body: { ...body, message: 'second', valid_till: soon },
    });
    await hears(toms, ['for all', 'second']);
    await hears(jerrys, ['for all', 'second']);
    const listed = (query: Record<string, string | number> = {}, of = '1.2/rtm/broadcasts') =>
      server.ask<Record<string, unknown>[]>('GET', of, { query });
    const [second, first] = await listed();
    expect([first, second]).toMatchObject([
      { data: 'for all', 'msg-id': sent['msg-id'], 'conv-id': service.id, from: 'Service' },
      { data: 'second', 'valid-till': soon },
    ]);
    expect(await listed({ skip: 1, conv_id: service.id })).toHaveLength(1);
    expect(await listed({ limit: 1 }, '1.1/rtm/broadcast')).toMatchObject([{ data: 'second' }]);
    expect(await server.ask('DELETE', `1.2/rtm/broadcasts/${sent['msg-id']}`)).toEqual({});
    expect(await listed()).toHaveLength(1);
    const mid = { query: { mid: second!['msg-id'] as string } };
    expect(await server.ask('DELETE', '1.1/rtm/broadcast', mid)).toEqual({});
    expect(await server.refusal('DELETE', '1.1/rtm/broadcast', mid)).toEqual([404, 4404]);
    const late = { body: { ...body, valid_till: Date.now() + 31 * 24 * 60 * 60 * 1_000 } };
    expect(await server.refusal('POST', '1.2/rtm/broadcasts', late)).toEqual([400, 1]);
  });

  test('to everybody who is there, without being stored', async () => {
    const body = { from_client: 'Service', conv_id: service.id };
    const fleeting = { ...body, message: 'fleeting', transient: true };
    const sent = await server.ask<Sent>('POST', '1.2/rtm/broadcasts', { body: fleeting });
    expect(sent['msg-id']).toHaveLength(22);
    await server.ask('POST', '1.2/rtm/broadcasts', { body: { ...body, message: 'lasting' } });
    for (const client of [toms, jerrys]) {
      await hears(client, ['lasting']);
      const signals = client.heard.filter(({ name }) => name === 'ephemeral_message');
      expect(signals).toMatchObject([
        { payload: { conversationId: service.id, senderId: 'Service', content: { json: 'fleeting' } } },
      ]);
    }
    expect(await server.ask<unknown[]>('GET', '1.2/rtm/broadcasts')).toHaveLength(1);
    expect(await server.ask<unknown[]>('GET', `${path}/subscribers/Tom/messages`)).toHaveLength(1);
    const group = await application.group([tom]);
    const elsewhere = { body: { ...fleeting, conv_id: group.id } };
    expect((await server.refusal('POST', '1.2/rtm/broadcasts', elsewhere))[0]).toBe(400);
  });

  test('by the first version', async () => {
    const said = { from_peer: 'Service', conv_id: service.id };
    const direct = { ...said, message: 'for Jerry', to_peers: ['Jerry'], transient: false };
    await server.ask('POST', '1.1/rtm/messages', { body: direct });
    await server.ask('POST', '1.1/rtm/broadcast/subscriber', {
      body: { ...said, message: 'for subscribers' },
    });
    await server.ask('POST', '1.1/rtm/broadcast', { body: { ...said, message: 'for all' } });
    await hears(toms, ['for subscribers', 'for all']);
    await hears(jerrys, ['for Jerry', 'for all']);
    // Unless it is said, nothing is stored.
    await server.ask('POST', '1.1/rtm/messages', { body: { ...direct, transient: undefined } });
    const stored = await server.ask<object[]>('GET', `${path}/subscribers/Jerry/messages`);
    expect(stored).toHaveLength(2);
    const toNobody = { body: { ...said, message: 'x' } };
    expect(await server.refusal('POST', '1.1/rtm/messages', toNobody)).toEqual([400, 1]);
  });

  test('what cannot be said', async () => {
    const { id } = await application.group([tom]);
    const body = { from_client: 'Service', message: 'x', to_clients: ['Jerry'] };
    const refusal = (said: object, of = path) =>
      server.refusal('POST', `${of}/messages`, { body: { ...body, ...said } });
    expect(await refusal({}, `1.2/rtm/service-conversations/${id}`)).toEqual([400, 4313]);
    expect(await refusal({}, '1.2/rtm/service-conversations/none')).toEqual([404, 4401]);
    expect(await refusal({ to_clients: [] })).toEqual([400, 1]);
    expect(
      await refusal({ to_clients: Array.from({ length: 21 }, (_, index) => `c${String(index)}`) }),
    ).toEqual([400, 1]);
    expect(await refusal({ to_clients: ['a:b'] })).toEqual([400, 4103]);
    const broadcast = { body: { from_client: 'Service', conv_id: id, message: 'x' } };
    for (const version of ['1.2/rtm/broadcasts', '1.1/rtm/broadcast'])
      expect(
        await server.refusal('POST', version, { body: { ...broadcast.body, from_peer: 'Service' } }),
      ).toEqual([400, 4313]);
    const transient = { body: { ...broadcast.body, transient: true } };
    expect(await server.refusal('POST', '1.2/rtm/broadcasts', transient)).toEqual([400, 4313]);
    expect(await server.refusal('GET', '1.2/rtm/broadcasts', { query: { conv_id: id } })).toEqual([
      400, 4313,
    ]);
  });
});
