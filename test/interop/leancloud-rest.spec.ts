import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * LeanCloud's REST API for conversations and who is in them, with the bodies that its guide shows.
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
const objectId = expect.stringMatching(/^[0-9a-f]{24}$/) as unknown as string;

describe('credentials', () => {
  const path = `${rtm}/conversations`;
  const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await server.call('GET', path, { headers })).status;

  test('a master key, an application key, and their signatures, by every name', async () => {
    const { id, keys } = application;
    const { appKey, masterKey } = keys;
    const { 'X-LC-Sign': sign = '' } = server.signed(masterKey, { isMaster: true });
    const upper = sign.replace(/^[0-9a-f]+/, (digest) => digest.toUpperCase());
    const masters: Record<string, string>[] = [
      server.asMaster,
      server.signed(masterKey, { isMaster: true }),
      { 'X-LC-Id': id, 'X-LC-Sign': upper },
      { 'X-AVOSCloud-Application-Id': id, 'X-AVOSCloud-Master-Key': masterKey },
      {
        'X-AVOSCloud-Application-Id': id,
        'X-AVOSCloud-Application-Key': appKey,
        'X-AVOSCloud-Master-Key': masterKey,
      },
      { 'X-AVOSCloud-Application-Id': id, 'X-AVOSCloud-Request-Sign': sign },
      { 'X-Uluru-Application-Id': id, 'X-Uluru-Application-Key': `${masterKey},master` },
      { ...server.asMaster, 'X-LC-Prod': '0', 'X-LC-Session': 'x', 'X-LC-Hook-Key': 'y' },
    ];
    expect(await Promise.all(masters.map(statusOf))).toEqual(masters.map(() => 200));

    const clients: Record<string, string>[] = [
      server.asApplication,
      server.signed(appKey),
      { 'X-AVOSCloud-Application-Id': id, 'X-AVOSCloud-Application-Key': appKey },
    ];
    for (const headers of clients) {
      expect(await server.refusal('GET', path, { headers })).toEqual([403, 403]);
      const unread = await server.call('GET', `${rtm}/clients/Tom/unread-count`, { headers });
      expect([unread.status, unread.body]).toEqual([200, { count: 0 }]);
    }
  });

  test('whatever is wrong is answered alike', async () => {
    const { id, keys } = application;
    const other = await world.application();
    const hours = 60 * 60 * 1_000;
    const wrong: Record<string, string>[] = [
      {},
      { 'X-LC-Id': id },
      { 'X-LC-Id': id, 'X-LC-Key': 'wrong,master' },
      { 'X-LC-Id': id, 'X-LC-Key': `${keys.appKey},master` },
      { 'X-LC-Id': id, 'X-LC-Key': keys.masterKey },
      { ...server.asApplication, 'X-AVOSCloud-Master-Key': keys.appKey },
      { 'X-LC-Id': id, 'X-LC-Key': `${other.keys.masterKey},master` },
      { 'X-LC-Id': 'nobody', 'X-LC-Key': `${keys.masterKey},master` },
      { 'X-LC-Id': '../..', 'X-LC-Key': `${keys.masterKey},master` },
      { authorization: application.authorization },
      server.signed(keys.masterKey, { isMaster: true, at: Date.now() - 7 * hours }),
      server.signed(keys.masterKey, { isMaster: true, at: Date.now() + 7 * hours }),
      server.signed(keys.appKey, { isMaster: true }),
      server.signed(keys.masterKey),
    ];
    for (const headers of wrong) {
      const { status, body } = await server.call('GET', path, { headers });
      expect([status, body]).toEqual([401, { code: 401, error: 'Unauthorized.' }]);
    }
  });

  test('a former key counts as long as it is valid', async () => {
    const rotate = async (overlapSeconds: number): Promise<void> => {
      const parameters = { applicationId: application.id, kind: 'masterKey' as const };
      await world.call(operations.rotateKey, { as: world.owner, parameters, body: { overlapSeconds } });
    };
    const former = server.asMaster;
    const formerSign = server.signed(application.keys.masterKey, { isMaster: true });
    await rotate(60);
    expect([await statusOf(former), await statusOf(formerSign)]).toEqual([200, 200]);
    const other = new LeanCloudServer((application = await world.application()));
    await rotate(0);
    expect(await statusOf(other.asMaster)).toBe(401);
  });
});

test('what one request of a batch is refused for keeps no other from being done', async () => {
  const rooms = { method: 'GET', path: `/${rtm}/chatrooms` };
  const batch = (requests: readonly object[]) =>
    server.ask<object[]>('POST', '1.1/batch', { body: { requests } });
  const served = { success: { results: [] } };
  const refused = { error: expect.objectContaining({ code: 1 }) as unknown };
  for (const path of ['//[', 'http://[', '', '/1.3/rtm'])
    expect(await batch([rooms, { method: 'GET', path }, rooms])).toEqual([served, refused, served]);
  for (const path of ['/1.1/batch', '/1.1/batch/']) {
    const inner = { method: 'POST', path, body: { requests: [rooms] } };
    expect(await batch([inner, rooms])).toEqual([refused, served]);
  }
});

describe('what is not served', () => {
  test('says so', async () => {
    expect(await server.call('GET', `${rtm}/stats`)).toMatchObject({
      status: 404,
      body: { code: 1, error: '/1.2/rtm/stats is not served by Hookline' },
    });
    const { status, headers, body } = await server.call('PUT', `${rtm}/clients/check-online`);
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    expect(body).toMatchObject({ code: 1 });
    expect(await server.refusal('GET', `${rtm}/conversations/%zz`)).toEqual([400, 1]);
    expect(await server.refusal('POST', `${rtm}/conversations`, { body: [] })).toEqual([400, 1]);
  });

  test('credentials in a body, and conditions of writing', async () => {
    const { id, keys } = application;
    const body = { _ApplicationId: id, _ApplicationKey: keys.appKey, _MasterKey: keys.masterKey, m: ['Tom'] };
    expect(await server.call('POST', '1.1/classes/_Conversation', { body, headers: {} })).toMatchObject({
      status: 401,
      body: { code: 401, error: expect.stringContaining('X-LC-Id') },
    });
    const { objectId } = await server.conversation({ m: ['Tom'] });
    const where = { query: { where: '{"name":"Cats"}' }, body: { name: 'Dogs' } };
    const { status, body: refused } = await server.call(
      'PUT',
      `1.1/classes/_Conversation/${objectId}`,
      where,
    );
    expect([status, refused]).toEqual([400, { code: 1, error: expect.stringContaining('condition') }]);
  });

  test('a body that is no JSON, and one that is too large', async () => {
    const sent = (raw: string) =>
      world.rest({ method: 'POST', path: `/${rtm}/conversations`, headers: server.asMaster, raw });
    expect(await sent('{')).toMatchObject({ status: 400, body: { code: 107 } });
    expect(await sent(`"${'x'.repeat(300_000)}"`)).toMatchObject({ status: 413, body: { code: 1 } });
  });
});

describe('conversations', () => {
  test('are created, with members, attributes and the names that they have', async () => {
    const body = {
      name: 'My Private Room',
      m: ['BillGates', 'SteveJobs'],
      unique: true,
      attr: { a: 1 },
      b: 'c',
    };
    const created = await server.ask('POST', `${rtm}/conversations`, { body });
    const uniqueId = createHash('md5').update('BillGatesSteveJobs').digest('hex');
    expect(created).toEqual({
      ...{ objectId, createdAt: isoDate, updatedAt: isoDate, name: 'My Private Room', mu: [] },
      ...{ m: ['BillGates', 'SteveJobs'], unique: true, uniqueId, lm: { __type: 'Date', iso: isoDate } },
      ...{ attr: { a: 1, b: 'c' }, a: 1, b: 'c' },
    });
    // The same members: the same conversation.
    const again = await server.ask('POST', `${rtm}/conversations`, { body });
    expect(again['objectId']).toBe(created['objectId']);
    const native = await application.call(operations.getConversation, {
      parameters: { conversationId: created['objectId'] as string },
    });
    expect(native).toMatchObject({ kind: 'group', attributes: { a: 1, b: 'c' }, unique: true });
  });

  test('chat rooms, and what one may not be', async () => {
    const room = await server.ask('POST', `${rtm}/chatrooms`, { body: { name: 'Room', m: ['Tom'] } });
    expect(room).toEqual({ objectId, createdAt: isoDate });
    const path = room['objectId'] as string;
    expect(await server.refusal('GET', `${rtm}/conversations/${path}/members`)).toEqual([400, 4314]);
    expect(await server.refusal('PUT', `${rtm}/service-conversations/${path}`, { body: {} })).toEqual([
      400, 4313,
    ]);
    const { objectId: group } = await server.conversation({ m: ['Tom'] });
    expect(await server.refusal('DELETE', `${rtm}/chatrooms/${group}`)).toEqual([400, 4316]);
    expect(await server.refusal('DELETE', `${rtm}/conversations/none`)).toEqual([404, 4303]);
  });

  test('are changed and deleted', async () => {
    const { objectId: id } = await server.conversation({ m: ['Tom'], attr: { a: { b: 1, c: 2 } } });
    const path = `${rtm}/conversations/${id}`;
    const body = { name: 'New', 'attr.a.b': { __op: 'Delete' }, type: 'fun' };
    expect(await server.ask('PUT', path, { body })).toEqual({ updatedAt: isoDate, objectId: id });
    const { results } = await server.ask<{ results: unknown[] }>('GET', `${rtm}/conversations`, {
      query: { where: JSON.stringify({ objectId: id }) },
    });
    expect(results).toEqual([expect.objectContaining({ name: 'New', attr: { a: { c: 2 }, type: 'fun' } })]);
    expect(await server.refusal('PUT', path, { body: { m: ['x'] } })).toEqual([403, 119]);
    expect(await server.refusal('PUT', path, { body: { sys: true } })).toEqual([403, 119]);
    expect(await server.refusal('PUT', path, { body: { lm: 1 } })).toEqual([403, 119]);
    const increment = { __op: 'Increment', amount: 1 };
    expect(await server.refusal('PUT', path, { body: { count: increment } })).toEqual([400, 111]);
    expect(await server.ask('DELETE', path)).toEqual({});
    expect(await server.refusal('DELETE', path)).toEqual([404, 4303]);
  });

  test('are found by kind, and by what they are', async () => {
    const { objectId: id } = await server.conversation({ name: 'Cats', m: ['Tom', 'Jerry'], type: 'fun' });
    await server.conversation({ name: 'Dogs', m: ['Spike'] });
    const room = await server.ask('POST', `${rtm}/chatrooms`, { body: { name: 'Cats too' } });
    const found = async (where: object, collection = 'all-conversations', query: object = {}) => {
      const said = { query: { where: JSON.stringify(where), ...query } };
      const { results } = await server.ask<{ results: { name: string }[] }>(
        'GET',
        `${rtm}/${collection}`,
        said,
      );
      return results.map(({ name }) => name);
    };
    expect(await found({})).toEqual(['Cats', 'Dogs', 'Cats too']);
    expect(await found({}, 'conversations')).toEqual(['Cats', 'Dogs']);
    expect(await found({}, 'chatrooms')).toEqual(['Cats too']);
    expect(await found({ m: 'Jerry' })).toEqual(['Cats']);
    expect(await found({ m: { $size: 1 } })).toEqual(['Dogs']);
    expect(await found({ name: { $regex: '^\\QCat\\E' } })).toEqual(['Cats', 'Cats too']);
    expect(await found({ type: 'fun' })).toEqual(['Cats']);
    for (const nobody of [{ objectId: 'no id!' }, { m: 'no:id' }]) expect(await found(nobody)).toEqual([]);
    expect(await found({ objectId: { $in: [id, room['objectId'], 'nothing'] } })).toEqual([
      'Cats',
      'Cats too',
    ]);
    expect(await found({}, 'all-conversations', { order: '-createdAt', limit: 2 })).toEqual([
      'Cats too',
      'Dogs',
    ]);
    expect(await found({}, 'all-conversations', { order: '-name', skip: 1 })).toEqual(['Cats too', 'Cats']);
    const query = { where: '{"m":{"$exists":true}}', count: 1, limit: 0 };
    expect(await server.ask('GET', `${rtm}/all-conversations`, { query })).toEqual({ results: [], count: 3 });
    const keys = { where: JSON.stringify({ objectId: id }), keys: 'name' };
    const { results } = await server.ask<{ results: object[] }>('GET', `${rtm}/conversations`, {
      query: keys,
    });
    expect(Object.keys(results[0]!).toSorted()).toEqual(['createdAt', 'name', 'objectId', 'updatedAt']);
    for (const where of ['{', '[]', '{"a":{"$where":1}}'])
      expect(await server.refusal('GET', `${rtm}/conversations`, { query: { where } })).toEqual([400, 102]);
  });

  test('too many members, and ids that nobody can have', async () => {
    const m = Array.from({ length: 501 }, (_, index) => `u${String(index)}`);
    expect(await server.refusal('POST', `${rtm}/conversations`, { body: { m } })).toEqual([400, 4304]);
    const long = { m: ['x'.repeat(65)] };
    expect(await server.refusal('POST', `${rtm}/conversations`, { body: long })).toEqual([400, 4103]);
    expect(await server.refusal('POST', `${rtm}/conversations`, { body: { m: ['a:b'] } })).toEqual([
      400, 4103,
    ]);
  });

  test('the same request under the same idempotency key is one conversation', async () => {
    const headers = { ...server.asMaster, 'idempotency-key': 'once' };
    const said = { body: { name: 'Once', m: ['Tom'] }, headers };
    const [first, again] = [
      await server.ask('POST', `${rtm}/conversations`, said),
      await server.ask('POST', `${rtm}/conversations`, said),
    ];
    expect(again['objectId']).toBe(first['objectId']);
  });

  test('hooks are asked, and say what they say', async () => {
    await application.on(
      'conversationStart',
      ({ body: { members } }) =>
        members.includes('Spike') ? { action: 'reject', code: 77, detail: 'No dogs' } : {},
      { failurePolicy: 'abort' },
    );
    const { status, body } = await server.call('POST', `${rtm}/conversations`, { body: { m: ['Spike'] } });
    expect([status, body]).toEqual([400, { code: 4305, error: 'No dogs', appCode: 77, appMsg: 'No dogs' }]);
  });
});
