import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { conversationId, instant, modern, versions } from './vonage-shapes.js';
import { VonageApplication } from './vonage-application.js';

/* Conversations in the four representations of Vonage's Conversation API. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
  await vonage.users('alice', 'bob', 'eve');
});
afterAll(() => world.close());

const properties = {
  ttl: 3_600,
  type: 'support',
  custom_sort_key: 'b',
  custom_data: { ticket: 7, 'a b': { c: [1, null] } },
};
const bodyOf = (name: string) => ({
  name,
  display_name: 'Kitchen',
  image_url: 'https://images.example/kitchen.png',
  properties,
  originating_session: 'unknown keys are passed over',
});

describe.each(modern)('of %s', (version) => {
  const path = `/${version}/conversations`;

  test('creation answers 201 and the whole, which is read and deleted', async () => {
    const name = `kitchen of ${version}`;
    const answer = await vonage.call('POST', path, { body: bodyOf(name) });
    const { id } = answer.body as { id: string };
    const whole = {
      id: conversationId,
      name,
      display_name: 'Kitchen',
      image_url: 'https://images.example/kitchen.png',
      state: 'ACTIVE',
      sequence_number: 0,
      timestamp: { created: instant },
      properties,
      _links: { self: { href: `${origin}${path}/${id}` } },
    };
    expect([answer.status, answer.body]).toEqual([201, whole]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await vonage.call('GET', `${path}/${id}`)).toMatchObject({ status: 200, body: answer.body });

    // Its packages send `null` along with a DELETE.
    const end = await vonage.call('DELETE', `${path}/${id}`, { body: null });
    expect([end.status, end.body]).toEqual([204, undefined]);
    expect(await vonage.refusal('GET', `${path}/${id}`)).toEqual([404, 'conversation:error:not-found']);
  });

  test('whatever is not said has a value', async () => {
    const { body } = await vonage.call('POST', path, { body: {} });
    expect(body).toEqual({
      id: conversationId,
      name: expect.stringMatching(/^NAM-[0-9a-f-]{36}$/) as unknown,
      display_name: '',
      image_url: '',
      state: 'ACTIVE',
      sequence_number: 0,
      timestamp: { created: instant },
      properties: { custom_data: {} },
      _links: expect.anything() as unknown,
    });
  });

  test.each(['PUT', 'PATCH'])('%s changes what it names', async (method) => {
    const { id } = await vonage.ask<{ id: string }>('POST', path, { body: bodyOf(`${method} ${version}`) });
    const { status, body } = await vonage.call(method, `${path}/${id}`, {
      body: { display_name: 'Cellar', properties: { custom_data: { ticket: 8 } } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      name: `${method} ${version}`,
      display_name: 'Cellar',
      image_url: 'https://images.example/kitchen.png',
      sequence_number: 1,
      timestamp: { created: instant, updated: instant },
    });
    expect((body as { properties: object }).properties).toEqual({
      ...properties,
      custom_data: { ticket: 8 },
    });
    expect(await vonage.ask('GET', `${path}/${id}`)).toEqual(body);
  });

  test('the list, all of them and one by its name', async () => {
    const own = await VonageApplication.of(world);
    const ids: string[] = [];
    for (const name of ['one', 'two'])
      ids.push((await own.ask<{ id: string }>('POST', path, { body: { name, display_name: name } })).id);
    const list = await own.ask('GET', path);
    const item = (index: number) => ({
      id: ids[index],
      name: ['one', 'two'][index],
      display_name: ['one', 'two'][index],
      image_url: '',
      timestamp: { created: instant },
      _links: { self: { href: `${origin}${path}/${ids[index]!}` } },
    });
    expect(list).toEqual({
      page_size: 10,
      _embedded: { conversations: [0, 1].map((index) => expect.objectContaining(item(index)) as unknown) },
      _links: {
        first: { href: `${origin}${path}?order=asc&page_size=10` },
        self: { href: `${origin}${path}?order=asc&page_size=10` },
      },
    });
    for (const [query, found] of [
      ['name=two', ['two']],
      ['name=three', []],
      ['order=DESC', ['two', 'one']],
    ] as const) {
      const { _embedded } = await own.ask<{ _embedded: { conversations: { name: string }[] } }>(
        'GET',
        `${path}?${query}`,
      );
      expect([query, _embedded.conversations.map(({ name }) => name)]).toEqual([query, found]);
    }
  });
});

describe.each(['beta', 'v0.1', 'beta2', 'v0.2'])('of %s', (version) => {
  const path = `/${version}/conversations`;

  test('everything answers 200: id and href, and the whole with its members', async () => {
    const name = `kitchen of ${version}`;
    const answer = await vonage.call('POST', path, { body: bodyOf(name) });
    const { id } = answer.body as { id: string };
    const named = { id: conversationId, href: `${origin}${path}/${id}` };
    expect([answer.status, answer.body]).toEqual([200, named]);
    const member = await vonage.join(id, 'alice');
    const { id: userId } = await vonage.ask<{ id: string }>('GET', '/v1/users/me', {
      as: vonage.token('alice'),
    });

    const whole = await vonage.call('GET', `${path}/${id}`);
    expect([whole.status, whole.body]).toEqual([
      200,
      {
        uuid: id,
        name,
        display_name: 'Kitchen',
        image_url: 'https://images.example/kitchen.png',
        state: 'ACTIVE',
        sequence_number: 1,
        timestamp: { created: instant },
        numbers: {},
        properties,
        members: [
          {
            id: member,
            member_id: member,
            user_id: userId,
            name: 'alice',
            user_name: 'alice',
            display_name: 'ALICE',
            state: 'JOINED',
            timestamp: { joined: instant },
            channel: { type: 'app' },
            media: { audio: false, audio_settings: { enabled: false, earmuffed: false, muted: false } },
            initiator: {},
            href: `${origin}${path}/${id}/members/${member}`,
          },
        ],
        _links: { self: { href: `${origin}${path}/${id}` } },
      },
    ]);

    const changed = await vonage.call('PUT', `${path}/${id}`, { body: { display_name: 'Cellar' } });
    expect([changed.status, changed.body]).toEqual([200, named]);
    expect(await vonage.ask('GET', `${path}/${id}`)).toMatchObject({ display_name: 'Cellar', name });

    const end = await vonage.call('DELETE', `${path}/${id}`, { body: null });
    expect([end.status, end.body]).toEqual([200, {}]);
    expect(await vonage.refusal('GET', `${path}/${id}`)).toEqual([404, 'conversation:error:not-found']);
  });

  test('the list names them', async () => {
    const own = await VonageApplication.of(world);
    const { id } = await own.ask<{ id: string }>('POST', path, { body: { name: 'one' } });
    const list = await own.ask('GET', `${path}?record_index=0`);
    const conversations = [{ uuid: id, id, name: 'one' }];
    const link = { href: `${origin}${path}?order=asc&page_size=10` };
    expect(list).toEqual({
      count: 1,
      record_index: 0,
      page_size: 10,
      _embedded: version === 'beta' || version === 'v0.1' ? { conversations } : { data: { conversations } },
      _links: { first: link, self: link },
    });
  });
});

test('a name is taken once, and never changes', async () => {
  for (const version of versions) {
    const path = `/${version}/conversations`;
    const { id } = await vonage.ask<{ id: string }>('POST', path, { body: { name: `only ${version}` } });
    expect(await vonage.refusal('POST', path, { body: { name: `only ${version}` } })).toEqual([
      400,
      'conversation:error:duplicate-name',
    ]);
    const rename = { name: 'another', display_name: 'Cellar' };
    expect(await vonage.refusal('PUT', `${path}/${id}`, { body: rename })).toEqual([
      400,
      'http:error:validation-fail',
    ]);
    const { status } = await vonage.call('PUT', `${path}/${id}`, { body: { name: `only ${version}` } });
    expect(status).toBe(200);
    expect(await vonage.ask('GET', `/v1/conversations/${id}`)).toMatchObject({ display_name: '' });
  }
});

test('a list of those that were created in a time', async () => {
  const own = await VonageApplication.of(world);
  const created: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    const { timestamp } = await own.ask<{ timestamp: { created: string } }>('POST', '/v1/conversations', {
      body: { name },
    });
    created.push(timestamp.created);
  }
  const names = async (query: Record<string, string>) => {
    const { _embedded } = await own.ask<{ _embedded: { conversations: { name: string }[] } }>(
      'GET',
      `/v1/conversations?${new URLSearchParams(query).toString()}`,
    );
    return _embedded.conversations.map(({ name }) => name);
  };
  const later = new Date(Date.parse(created[2]!) + 1).toISOString();
  const earlier = new Date(Date.parse(created[0]!) - 1).toISOString();
  expect(await names({ date_start: earlier, date_end: later })).toEqual(['one', 'two', 'three']);
  expect(await names({ date_start: created[1]! })).toEqual(expect.arrayContaining(['two', 'three']));
  expect(await names({ date_start: later })).toEqual([]);
  expect(await names({ date_end: earlier })).toEqual([]);
  expect(await own.call('GET', '/v0.3/conversations?date_start=yesterday')).toMatchObject({
    status: 400,
    body: {
      code: 'http:error:validation-fail',
      invalid_parameters: [
        { name: 'date_start', reason: expect.stringContaining('"date_start"') as unknown },
      ],
    },
  });
});

test('one that is inactive is read and deleted, and nothing else', async () => {
  const { id, members } = await vonage.room('alice', 'bob');
  const path = `/v1/conversations/${id}`;
  await vonage.ask('POST', `${path}/events`, {
    body: { type: 'text', from: members['alice'], body: { text: 'x' } },
  });
  const inactive = await vonage.ask('PUT', path, { body: { state: 'INACTIVE' } });
  expect(inactive).toMatchObject({ state: 'INACTIVE', display_name: 'Kitchen' });
  const refused = [400, 'conversation:error:not-allowed'];
  const text = { type: 'text', from: members['alice'], body: { text: 'y' } };
  const join = { state: 'joined', user: { name: 'eve' }, channel: { type: 'app' } };
  const place = await vonage.ask<{ sequence_number: number }>('GET', path);
  for (const as of [vonage.admin, vonage.token('alice')]) {
    expect(await vonage.refusal('POST', `${path}/events`, { body: text, as })).toEqual(refused);
    expect(await vonage.refusal('PUT', path, { body: { display_name: 'Cellar' }, as })).toEqual(refused);
    expect(await vonage.refusal('POST', `${path}/members`, { body: join, as })).toEqual(refused);
    expect(await vonage.refusal('DELETE', `${path}/members/${members['bob']!}`, { as })).toEqual(refused);
    for (const read of ['', '/members', '/events', '/events/3', `/members/${members['bob']!}`])
      expect((await vonage.call('GET', `${path}${read}`, { as })).status).toBe(200);
  }
  expect(await vonage.ask('GET', path)).toEqual(place);
  expect((await vonage.call('DELETE', path, { as: vonage.token('alice') })).status).toBe(204);
});

test('a user creates one and is in it after joining; who is not in it sees nobody in it', async () => {
  const as = vonage.token('alice');
  const { id } = await vonage.ask<{ id: string }>('POST', '/beta/conversations', { as, body: {} });
  expect(await vonage.ask('GET', `/beta/conversations/${id}`, { as })).toMatchObject({ members: [] });
  await vonage.ask('POST', `/beta/conversations/${id}/members`, {
    as,
    body: { action: 'join', user_name: 'alice', channel: { type: 'app' } },
  });
  const members = [{ name: 'alice', state: 'JOINED' }];
  expect(await vonage.ask('GET', `/beta/conversations/${id}`, { as })).toMatchObject({ members });
  expect(await vonage.ask('GET', `/beta/conversations/${id}`, { as: vonage.token('eve') })).toMatchObject({
    uuid: id,
    members: [],
  });
});
