import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApplication } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanStorage, StorageError } from './lean-storage.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * LeanCloud's own SDK for servers, `leancloud-storage`, unmodified: what it says in conversations and about them.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let storage: LeanStorage;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  storage = await LeanStorage.of(application, world.gateways[0]!.url);
});
afterEach(() => storage.stop());

describe('conversations', () => {
  test('are saved, fetched, changed and destroyed', async () => {
    const id = await storage.run<string>('create', 'Cats', {}, ['Tom', 'Jerry']);
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(await server.ask('GET', `1.2/rtm/conversations/${id}/members`)).toEqual({
      result: ['Tom', 'Jerry'],
    });
    expect(await storage.run('change', id)).toEqual({
      before: ['Cats', ['Tom', 'Jerry'], 'cats'],
      areDates: [true, true],
      after: ['Mice', ['Tom', 'Jerry', 'Spike'], null],
      members: ['Jerry', 'Spike'],
      attr: { rank: 7 },
    });
    await storage.run('destroy', id);
    await expect(storage.run('fetch', id)).rejects.toMatchObject({ code: 101 });
  });

  test('are queried', async () => {
    await storage.run('create', 'Cats', {}, ['Tom']);
    await storage.run('create', 'Cats and dogs', {}, ['Tom', 'Spike']);
    await storage.run('create', 'Room', { isTransient: true }, []);
    expect(await storage.run('query')).toEqual({
      all: ['Cats', 'Cats and dogs', 'Room'],
      newest: ['Room'],
      ofTom: ['Cats', 'Cats and dogs'],
      ofBoth: ['Cats and dogs'],
      contains: ['Cats and dogs'],
      startsWith: ['Cats'],
      rooms: ['Room'],
      ofTwo: ['Cats and dogs'],
      later: [],
      either: ['Cats and dogs', 'Room'],
      batched: ['Room'],
      first: 'Cats and dogs',
      count: 3,
      findAndCount: [1, 3],
    });
  });

  test('several at once, by a batch', async () => {
    const { ids, left } = await storage.run<{ ids: string[]; left: number }>('saveAndDestroyAll');
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/), expect.stringMatching(/^[0-9a-f]{24}$/)]);
    expect(left).toBe(0);
  });

  test('nobody gets anything with a wrong key, or with that of a client', async () => {
    await expect(storage.run('find', false)).rejects.toMatchObject({ code: 403 });
    const stranger = await LeanStorage.of(application, world.gateways[0]!.url, 'wrong');
    const refused = stranger.run('find', true);
    await expect(refused).rejects.toBeInstanceOf(StorageError);
    await expect(refused).rejects.toMatchObject({ code: 401 });
    await stranger.stop();
  });
});

describe('messages', () => {
  type Sent = Record<string, unknown>;
  const said = (text: string) => ({ _lctype: -1, _lctext: text });

  test('are sent, stored or only heard, and what was sent comes back byte by byte', async () => {
    const id = await storage.run<string>('create', 'Cats', {}, ['Tom', 'Jerry']);
    const jerry = await (await application.known('Jerry')).connect();
    const sent = [
      await storage.run<Sent>('send', id, 'plain text', {}),
      await storage.run<Sent>('send', id, said('Hello'), { pushData: { alert: 'Hi' } }),
      await storage.run<Sent>('send', id, said('fleeting'), { transient: true }),
    ];
    expect(sent.map((each) => Object.keys(each).toSorted())).toEqual(sent.map(() => ['msg-id', 'timestamp']));
    const rows = await server.ask<{ data: string; 'msg-id': string }[]>(
      'GET',
      `1.2/rtm/conversations/${id}/messages`,
    );
    expect(rows.map(({ data, 'msg-id': messageId }) => [messageId, data])).toEqual([
      [sent[1]!['msg-id'], JSON.stringify(said('Hello'))],
      [sent[0]!['msg-id'], 'plain text'],
    ]);
    expect(await heard(jerry, 'ephemeral_message')).toMatchObject({
      senderId: 'Tom',
      content: { type: 'json', json: said('fleeting') },
    });
    jerry.disconnect();
  });

  test('of a service: to some, and to everybody', async () => {
    const id = await storage.run<string>('create', 'Service', { isSystem: true }, ['ignored']);
    const [tom, spike] = await application.users('Jerry', 'Spike');
    const clients = [await tom.connect(), await spike.connect()] as const;
    await storage.run<Sent>('send', id, 'for Jerry', { toClients: ['Jerry'] });
    await storage.run<Sent>('broadcast', id, said('for all'));
    for (const client of clients) {
      await eventually(() => {
        expect(client.events({ id }).map((event) => 'content' in event && event.content)).toContainEqual({
          type: 'json',
          json: said('for all'),
        });
      });
    }
    expect(clients.map((client) => client.events({ id }).length)).toEqual([2, 1]);
    for (const client of clients) client.disconnect();
  });
});

function heard(client: Client, name: string): Promise<unknown> {
  return eventually(() => {
    const found = client.heard.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} was not heard`);
    return found.payload;
  });
}
